/*
 * A model in Promela of the ring of mpmc.go: claim, publish, release, close.
 * Each access to a shared word is one step here. A comment names the Go
 * function that the step stands for, or quotes `its statement`.
 *
 * Two producers make OPS and OPS2 attempts to push, two consumers OPS and OPS2
 * attempts to pop, and one process closes the ring at any instant, unless with
 * NO_CLOSE.
 *
 * Claims:
 *   order    the n-th claim of a pop gets the value of the n-th claim of a push:
 *            so each value is popped once, first in, first out
 *   I1       head <= tail <= head + capacity
 *   full     Full was true at the second load of tail
 *   empty    Empty was true at the load of tail
 *   busy     at the last load but one of a Busy answer the slot was held by a
 *            pop, or a push, in progress
 *   closed   no push takes effect after Close
 *   I2       at rest the stamps and values are those of the positions
 *
 * Abstracted: words have 8 bits rather than 64, and the ring starts one lap
 * below the point where they wrap. A value is the number of its claim. It is
 * written in one step with the stamp's store that publishes it, and read and
 * zeroed in one step with the one that releases its slot; a process that used
 * the slot between the claim and that step would read a wrong value, or leave one.
 * With SPLIT they are steps of their own.
 * TryPush and TryPop are loops of these attempts. Memory is sequentially
 * consistent, as Go's atomics are, though the stores of stamps are release stores
 * there: others may see one as much later as its goroutine may be stopped before it
 * here, and nothing that the goroutine loads next is of this ring. A value is a plain word
 * here as there.
 *
 * With BATCH=2 the attempts are those of offerBatch and pollBatch.
 *
 * The stage spin of .ci/run verifies the lines "clean", and that those named
 * "fault" are refuted; "large" ones with SPIN_LARGE=1.
 *
 *	clean -DCAP=1 -DNO_CLOSE
 *	clean -DCAP=1 -DOPS=1
 *	clean -DCAP=2 -DOPS=1
 *	clean -DCAP=2 -DNO_CLOSE
 *	clean -DCAP=3 -DNO_CLOSE
 *	clean -DCAP=2 -DBATCH=2 -DOPS=1 -DNO_CLOSE
 *	large -DCAP=1
 *	large -DCAP=2
 *	large -DCAP=3
 *	large -DCAP=2 -DBATCH=2 -DOPS=1
 *	large -DCAP=2 -DSPLIT
 *	large -DCAP=3 -DOPS=2 -DOPS2=2 -DNO_CLOSE
 *	large -DCAP=2 -DBATCH=2 -DNO_CLOSE
 *	fault -DCAP=2 -DBUG_EMPTY_WITHOUT_TAIL
 *	fault -DCAP=2 -DBUG_FULL_WITHOUT_HEAD
 *	fault -DCAP=1 -DBUG_ONE_LOAD_OF_TAIL
 *	fault -DCAP=1 -DBUG_ONE_LOAD_OF_HEAD
 *	fault -DCAP=1 -DBUG_ONE_LOAD_OF_STAMP
 *	fault -DCAP=2 -DBUG_PUBLISH_FIRST
 *	fault -DCAP=1 -DBUG_RELEASE_FIRST
 *	fault -DCAP=2 -DNO_CLOSE -DBUG_CLAIM_IN_TWO_STEPS
 *	fault -DCAP=1 -DBUG_TWO_LAPS
 *	fault -DCAP=3 -DBUG_NO_SKIP -DOPS2=2
 *	fault -DCAP=2 -DBUG_CLOSE_IN_TWO_STEPS
 *	fault -DCAP=2 -DBUG_CLOSED_APART
 *	fault -DCAP=2 -DBATCH=2 -DBUG_BATCH_BLIND
 */

#ifndef OPS
#define OPS 2
#endif
#ifndef OPS2
#define OPS2 1
#endif
#ifndef BATCH
#define BATCH 1
#endif

/* newLap */
#if CAP == 1
#define MASK 1
#define END  0
#define SKIP 0
#elif CAP == 2
#define MASK 3
#define END  0
#define SKIP 0
#else
#define MASK 7
#define END  6
#define SKIP 2
#endif
#ifdef BUG_NO_SKIP
#undef SKIP
#define SKIP 0
#endif

#define LAP (MASK + 1)
#ifdef BUG_TWO_LAPS
#define WORD (2*LAP - 1)
#else
#define WORD 255
#endif
#define ORIGIN (WORD + 1 - LAP)

#define INDEX(p)  (((p) & MASK) >> 1)
#define AROUND(p) (((p) + LAP) & WORD)
#define NEXT(p)   (((((p) + 2) & MASK) == END -> (p) + 2 + SKIP : (p) + 2) & WORD)

byte tail = ORIGIN; /* bit 0: closed */
byte head = ORIGIN;
byte stamp[4];      /* bit 0: published; one more than needed for BUG_NO_SKIP */
byte value[4];

/* Seen by the claims only. */
byte pushes, pops;  /* claims so far */
bit closed;         /* Close took effect */
bit pushing[4], popping[4]; /* claimed, and not yet published, or released */

#ifdef BUG_CLOSED_APART
#define IS_CLOSED(t) closedFlag
bit closedFlag;
#else
#define IS_CLOSED(t) ((t) & 1)
#endif

/* Offer, and offerBatch with BATCH 2. */
proctype producer(byte attempts) {
	byte t, st, n, end, count;
	bit won, was;

again:
		atomic { /* `t := r.tail.Load()` */
			t = tail;
			if
			:: IS_CLOSED(t) -> assert(closed); goto answered /* Closed */
			:: else
			fi
		}
		atomic { /* `stamp := s.stamp.Load()` */
			st = stamp[INDEX(t)];
			if
			:: st != t -> goto notFree
			:: else
			fi;
			count = 1; end = NEXT(t)
		}
#if BATCH > 1
		do /* `n < len(vs) && r.slot(end).stamp.Load() == end` */
		:: atomic {
#ifdef BUG_BATCH_BLIND
			count < BATCH -> count++; end = NEXT(end)
#else
			count < BATCH && stamp[INDEX(end)] == end -> count++; end = NEXT(end)
#endif
		}
		:: atomic { count == BATCH || stamp[INDEX(end)] != end -> break }
		od;
#endif
#ifdef BUG_CLAIM_IN_TWO_STEPS
		won = (tail == t);
#endif
		atomic { /* `r.tail.CompareAndSwap(t, r.lap.next(t))` */
#ifndef BUG_CLAIM_IN_TWO_STEPS
			won = (tail == t);
#endif
			if
			:: !won -> goto again
			:: else
			fi;
			tail = end;
			assert(!closed);
			n = pushes + 1; pushes = pushes + count;
			assert(pushes - pops <= CAP);
			pushing[INDEX(t)] = 1;
#if BATCH > 1
			if
			:: count > 1 -> pushing[INDEX(NEXT(t))] = 1
			:: else
			fi;
#endif
			end = 0; st = 0
		}
#if BATCH > 1
publish:
#endif
#ifdef BUG_PUBLISH_FIRST
		atomic { stamp[INDEX(t)] = t | 1; pushing[INDEX(t)] = 0 }
		value[INDEX(t)] = n;
#else
#ifdef SPLIT
		value[INDEX(t)] = n;
#endif
		atomic {
#ifndef SPLIT
			value[INDEX(t)] = n; /* `s.value = v` */
#endif
			stamp[INDEX(t)] = t | 1; pushing[INDEX(t)] = 0 /* `atomics.StoreRelease(&s.stamp, t|published)` */
#if BATCH > 1
			;
			t = NEXT(t); n++; count--;
			if
			:: count > 0 -> goto publish
			:: else
			fi
#endif
			;
			goto answered /* Done */
		}
#endif
		goto answered;

notFree:
#ifndef BUG_ONE_LOAD_OF_TAIL
		atomic { /* `r.tail.Load() != t` */
			if
			:: tail != t -> goto again
			:: else
			fi;
			was = (pushes - pops == CAP)
		}
#endif
		atomic { /* `r.lap.around(r.head.Load()) == t` */
#ifdef BUG_FULL_WITHOUT_HEAD
			assert(was); goto answered;
#endif
			if
			:: AROUND(head) == t ->
#ifndef BUG_ONE_LOAD_OF_TAIL
				assert(was);
#endif
				goto answered /* Full */
			:: else
			fi;
			was = popping[INDEX(t)]
		}
		atomic { /* `s.stamp.Load() != stamp` */
#ifndef BUG_ONE_LOAD_OF_STAMP
			if
			:: stamp[INDEX(t)] != st -> goto again
			:: else
			fi;
#endif
			assert(was) /* Busy */
		}
answered:
		atomic {
			t = 0; st = 0; n = 0; end = 0; count = 0; won = 0; was = 0;
			attempts--;
			if
			:: attempts > 0 -> goto again
			:: else -> goto done
			fi
		}
done:
	skip
}

/* Poll, and pollBatch with BATCH 2. */
proctype consumer(byte attempts) {
	byte h, st, n, end, count;
	bit won, was;

again:
		h = head; /* `h := r.head.Load()` */
		atomic { /* `stamp := s.stamp.Load()` */
			st = stamp[INDEX(h)];
			if
			:: st != (h | 1) -> goto notPublished
			:: else
			fi;
			count = 1; end = NEXT(h)
		}
#if BATCH > 1
		do /* `n < len(dst) && r.slot(end).stamp.Load() == end|published` */
		:: atomic { count < BATCH && stamp[INDEX(end)] == (end | 1) -> count++; end = NEXT(end) }
		:: atomic { count == BATCH || stamp[INDEX(end)] != (end | 1) -> break }
		od;
#endif
#ifdef BUG_CLAIM_IN_TWO_STEPS
		won = (head == h);
#endif
		atomic { /* `r.head.CompareAndSwap(h, r.lap.next(h))` */
#ifndef BUG_CLAIM_IN_TWO_STEPS
			won = (head == h);
#endif
			if
			:: !won -> goto again
			:: else
			fi;
			head = end;
			n = pops + 1; pops = pops + count;
			assert(pops <= pushes);
			popping[INDEX(h)] = 1;
#if BATCH > 1
			if
			:: count > 1 -> popping[INDEX(NEXT(h))] = 1
			:: else
			fi;
#endif
			end = 0; st = 0
		}
#if BATCH > 1
release:
#endif
#ifdef BUG_RELEASE_FIRST
		atomic { stamp[INDEX(h)] = AROUND(h); popping[INDEX(h)] = 0 }
		atomic { assert(value[INDEX(h)] == n); value[INDEX(h)] = 0 }
#else
#ifdef SPLIT
		assert(value[INDEX(h)] == n);
		value[INDEX(h)] = 0;
#endif
		atomic {
#ifndef SPLIT
			assert(value[INDEX(h)] == n); /* `v = s.value` */
			value[INDEX(h)] = 0;          /* `s.value = zero` */
#endif
			stamp[INDEX(h)] = AROUND(h); popping[INDEX(h)] = 0 /* `atomics.StoreRelease(&s.stamp, r.lap.around(h))` */
#if BATCH > 1
			;
			h = NEXT(h); n++; count--;
			if
			:: count > 0 -> goto release
			:: else
			fi
#endif
			;
			goto answered /* Done */
		}
#endif
		goto answered;

notPublished:
#ifndef BUG_ONE_LOAD_OF_HEAD
		atomic { /* `r.head.Load() != h` */
			if
			:: head != h -> goto again
			:: else
			fi
		}
#endif
		atomic { /* `r.tail.Load()&^closed == h` */
#ifdef BUG_EMPTY_WITHOUT_TAIL
			assert(pushes == pops); goto answered;
#endif
			if
			:: (tail & ~1) == h -> assert(pushes == pops); goto answered /* Empty */
			:: else
			fi;
			was = pushing[INDEX(h)]
		}
		atomic { /* `s.stamp.Load() != stamp` */
#ifndef BUG_ONE_LOAD_OF_STAMP
			if
			:: stamp[INDEX(h)] != st -> goto again
			:: else
			fi;
#endif
			assert(was) /* Busy */
		}
answered:
		atomic {
			h = 0; st = 0; n = 0; end = 0; count = 0; won = 0; was = 0;
			attempts--;
			if
			:: attempts > 0 -> goto again
			:: else -> goto done
			fi
		}
done:
	skip
}

/* Close */
proctype closer() {
#ifdef BUG_CLOSE_IN_TWO_STEPS
	byte t = tail;
	atomic { tail = t | 1; closed = true }
#elif defined(BUG_CLOSED_APART)
	atomic { closedFlag = 1; closed = true }
#else
	atomic { tail = tail | 1; closed = true } /* `r.tail.Or(closed)` */
#endif
}

init {
	byte p, i;
	atomic { /* init */
		for (i : 0 .. CAP-1) { stamp[i] = ORIGIN + 2*i }
		run producer(OPS); run producer(OPS2);
		run consumer(OPS); run consumer(OPS2);
#ifndef NO_CLOSE
		run closer()
#endif
	}
	atomic {
		_nr_pr == 1;
		/* I2: what was pushed and not popped, and then the free slots */
		p = head; i = pops;
		do
		:: p != (tail & ~1) ->
			i++;
			assert(stamp[INDEX(p)] == (p | 1) && value[INDEX(p)] == i);
			p = NEXT(p)
		:: else -> break
		od;
		assert(i == pushes);
		do
		:: i < pops + CAP -> assert(stamp[INDEX(p)] == p && value[INDEX(p)] == 0); i++; p = NEXT(p)
		:: else -> break
		od
	}
}
