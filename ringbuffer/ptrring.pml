/*
 * A model in Promela of the ring of ptrring.go: lock and claim, store, unlock, close.
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
 *   full     Full was true at the load of tail
 *   empty    Empty was true at the load of tail
 *   busy     Busy was answered only if another push or pop was in progress, or had ended
 *            since the first load
 *   closed   no push takes effect after Close
 *   I2       at rest the slots from head to tail hold values, and no others
 *
 * Abstracted: words have 8 bits rather than 64, and the ring starts one lap
 * below the point where they wrap. A value is the number of its claim. TryPush and
 * TryPop are loops of these attempts; batches are left out. Memory is sequentially
 * consistent; that others may see the stores later is for the explorer to show.
 *
 * The stage spin of .ci/run verifies the lines "clean", and that those named
 * "fault" are refuted; "large" ones with SPIN_LARGE=1.
 *
 *	clean -DCAP=1 -DOPS=1
 *	clean -DCAP=1 -DNO_CLOSE
 *	clean -DCAP=2 -DOPS=1
 *	clean -DCAP=2 -DNO_CLOSE
 *	clean -DCAP=3 -DNO_CLOSE
 *	large -DCAP=1
 *	large -DCAP=2
 *	large -DCAP=3
 *	large -DCAP=3 -DOPS2=2 -DNO_CLOSE
 *	fault -DCAP=2 -DBUG_PUSH_WITHOUT_LOCK
 *	fault -DCAP=2 -DBUG_POP_WITHOUT_LOCK
 *	fault -DCAP=1 -DBUG_UNLOCK_BEFORE_STORE
 *	fault -DCAP=1 -DBUG_UNLOCK_BEFORE_CLEARING
 *	fault -DCAP=2 -DBUG_EMPTY_WITHOUT_TAIL
 *	fault -DCAP=2 -DBUG_FULL_WITHOUT_HEAD
 *	fault -DCAP=2 -DBUG_CLOSE_WITHOUT_LOCK
 */

#ifndef OPS
#define OPS 2
#endif
#ifndef OPS2
#define OPS2 1
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

#define LAP    (MASK + 1)
#define ORIGIN (256 - LAP)
#define INDEX(p)  (((p) & MASK) >> 1)
#define AROUND(p) (((p) + LAP) & 255)
#define NEXT(p)   (((((p) + 2) & MASK) == END -> (p) + 2 + SKIP : (p) + 2) & 255)
#define LOCKED    1
#define POS(p)    ((p) & 254)

byte tail = ORIGIN; /* bit 0: locked */
byte head = ORIGIN;
bit shut;
byte slot[CAP];     /* 0: free */

/* Seen by the claims only. */
byte pushes, pops;  /* claims so far */
bit closed;         /* Close took effect */
byte under;         /* pushes and pops under way */

/* Offer */
proctype producer(byte attempts) {
	byte t, n;
	byte h, u; /* head and under then */
	bit was;   /* it was full then */

again:
		atomic { /* `p, t := pointer(v), r.tail.Load()` */
			t = tail; h = head; u = under; was = (pushes - pops == CAP)
		}
		atomic { /* `s.Load() == nil && r.tail.CompareAndSwap(t, end|locked)`, the first part */
			if
			:: t & LOCKED || slot[INDEX(t)] != 0 -> goto notFree
			:: else
			fi
		}
		atomic { /* `r.tail.CompareAndSwap(t, end|locked)` */
			if
			:: tail != t -> goto notFree
			:: else
			fi;
#ifdef BUG_PUSH_WITHOUT_LOCK
			tail = NEXT(t);
#else
			tail = NEXT(t) | LOCKED;
#endif
			assert(!closed);
			pushes++; n = pushes; under++;
			assert(pushes - pops <= CAP)
		}
#ifdef BUG_UNLOCK_BEFORE_STORE
		tail = NEXT(t);
		atomic { slot[INDEX(t)] = n; under--; goto answered }
#else
		slot[INDEX(t)] = n; /* `atomics.StorePointerRelease(s, p)` */
		atomic { /* `atomics.StoreRelease(&r.tail, end)` */
#ifndef BUG_PUSH_WITHOUT_LOCK
			tail = NEXT(t);
#endif
			under--;
			goto answered /* Done */
		}
#endif

notFree:
		atomic { /* `t&locked != 0 && r.closed.Load()` */
			if
			:: t & LOCKED && shut -> assert(closed); goto answered /* Closed */
			:: t & LOCKED && !shut -> goto answered /* Busy: the push seen was under way */
			:: else
			fi
		}
		atomic { /* `r.lap.around(r.head.Load()&^locked) == t` */
#ifdef BUG_FULL_WITHOUT_HEAD
			assert(was); goto answered;
#endif
			if
			:: AROUND(POS(head)) == t -> assert(was) /* Full */
			:: else -> assert(under > 0 || u > 0 || tail != t || head != h) /* Busy */
			fi
		}
answered:
		atomic {
			t = 0; n = 0; h = 0; u = 0; was = 0;
			attempts--;
			if
			:: attempts > 0 -> goto again
			:: else -> goto done
			fi
		}
done:
	skip
}

/* Poll */
proctype consumer(byte attempts) {
	byte h, v;
	byte t, u; /* tail and under then */

again:
		atomic { h = head; t = tail; u = under } /* `h := r.head.Load()` */
		atomic { /* `p := s.Load(); p != nil && r.head.CompareAndSwap(h, end|locked)`, the first part */
			v = slot[INDEX(h)];
			if
			:: h & LOCKED || v == 0 -> goto notPublished
			:: else
			fi
		}
		atomic { /* `r.head.CompareAndSwap(h, end|locked)` */
			if
			:: head != h -> goto notPublished
			:: else
			fi;
#ifdef BUG_POP_WITHOUT_LOCK
			head = NEXT(h);
#else
			head = NEXT(h) | LOCKED;
#endif
			pops++; under++;
			assert(pops <= pushes);
			assert(v == pops)
		}
#ifdef BUG_UNLOCK_BEFORE_CLEARING
		head = NEXT(h);
		atomic { slot[INDEX(h)] = 0; under--; goto answered }
#else
		slot[INDEX(h)] = 0; /* `atomics.StorePointerRelease(s, nil)` */
		atomic { /* `atomics.StoreRelease(&r.head, end)` */
#ifndef BUG_POP_WITHOUT_LOCK
			head = NEXT(h);
#endif
			under--;
			goto answered /* Done */
		}
#endif

notPublished:
		atomic { /* `r.tail.Load()&^locked == h&^locked` */
#ifdef BUG_EMPTY_WITHOUT_TAIL
			assert(pushes == pops); goto answered;
#endif
			if
			:: POS(tail) == POS(h) -> assert(pushes == pops) /* Empty */
			:: else -> assert(h & LOCKED || under > 0 || u > 0 || head != h || tail != t) /* Busy */
			fi
		}
answered:
		atomic {
			h = 0; v = 0; t = 0; u = 0;
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
	byte t;

again:
#ifdef BUG_CLOSE_WITHOUT_LOCK
	closed = 1;
#else
	t = tail;
	atomic { /* `t&locked == 0 && r.tail.CompareAndSwap(t, t|locked)` */
		if
		:: t & LOCKED || tail != t -> goto again
		:: else
		fi;
		tail = t | LOCKED; closed = 1
	}
#endif
	shut = 1 /* `r.closed.Store(true)` */
}

init {
	byte p, i;
	atomic {
		run producer(OPS); run producer(OPS2);
		run consumer(OPS); run consumer(OPS2);
#ifndef NO_CLOSE
		run closer()
#endif
	}
	atomic {
		_nr_pr == 1;
		/* I2: what was pushed and not popped, and then the free slots */
		assert(under == 0 && (head & LOCKED) == 0 && (tail & LOCKED) == closed);
		p = head; i = pops;
		do
		:: p != POS(tail) -> i++; assert(slot[INDEX(p)] == i); p = NEXT(p)
		:: else -> break
		od;
		assert(i == pushes);
		do
		:: i < pops + CAP -> assert(slot[INDEX(p)] == 0); i++; p = NEXT(p)
		:: else -> break
		od
	}
}
