/*
 * A model in Promela of the end of a scheduler: see "Shutdown" and "Counting"
 * in README.md. Each access to a shared word is one step here. A
 * comment names the Go function that a step stands for, or quotes `its statement`.
 *
 * ITEMS submitters hand in an item each, through any of RINGS rings. Up to WORKERS
 * workers are spawned and run them. Item 0 is not settled when it was run, but comes
 * back through Return at any later time, unless NO_RETURN. One process calls Close,
 * waits until all is settled or gives that up at any time, and then calls Halt and
 * Join; with OPEN it waits before Close instead, with NO_WAIT it does not wait. With
 * EARLY_JOIN another one joins, from the start on, with NO_JOIN none does. With
 * RESIZE one calls Resize(1) at any time. With REAPER its timer fires up to FIRES
 * times, and may never do so. With CLOSED the items have been accepted, and Close has
 * returned, before the first worker is spawned.
 *
 * Claims:
 *   closed   once a submission was refused, or Close returned, all that begin are
 *            refused
 *   once     at the end each accepted item was settled once, by a worker or by being
 *            discarded, and no other item was
 *   quiet    nothing was pending at some instant of a Wait that returned true
 *   patient  at the end a Wait that does not give up has returned, so has Join; no
 *            worker is alive or parked, and no timer runs
 *   leave    once Halt has set the flag no worker takes more than one item; when
 *            Join returns no worker is alive, or has an item, or takes one later
 *   call     no worker clears the flag that Halt has set
 *   rest     at the end nothing is in the queues and no worker counted as searching
 *
 * Abstracted: a ring is a queue of claims, published one by one, as its own model,
 * ringbuffer/mpmc.pml, leaves it, and never full; blocked.pml has full ones. The overflow
 * queue and the counter of AcceptInline are such rings as well. The stack of parked workers is a set,
 * any of which is woken; its tag and its links are in park.pml: here a load and a swap
 * of the idle word are one step. A searcher polls once. No Pacer and no source. The
 * reaper dismisses any but one of those it took from the stack. AfterFunc and the store
 * of its timer are one step: each setting has its own, so one that fires before it is
 * stored is never read. Discard settles its item with Scheduler.Settle.
 *
 * The stage spin of .ci/run verifies the lines "clean", and that those named
 * "fault" are refuted; "large" ones with SPIN_LARGE=1.
 *
 *	clean -DWORKERS=1 -DITEMS=1 -DRINGS=2
 *	clean -DWORKERS=1 -DITEMS=2 -DNO_RETURN -DOPEN
 *	clean -DWORKERS=1 -DITEMS=2 -DNO_WAIT -DNO_RETURN -DRINGS=2
 *	clean -DWORKERS=1 -DITEMS=3 -DNO_WAIT -DNO_RETURN -DCLOSED
 *	clean -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DEARLY_JOIN
 *	clean -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DCLOSED
 *	clean -DWORKERS=2 -DITEMS=2 -DNO_WAIT -DNO_RETURN -DCLOSED
 *	clean -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DRESIZE
 *	clean -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DREAPER -DNO_JOIN -DFIRES=0
 *	large -DWORKERS=1 -DITEMS=2 -DNO_RETURN
 *	large -DWORKERS=1 -DITEMS=2 -DNO_WAIT
 *	large -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DREAPER -DNO_JOIN
 *	large -DWORKERS=1 -DITEMS=2 -DNO_WAIT -DRINGS=2
 *	large -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DRINGS=2 -DEARLY_JOIN
 *	large -DWORKERS=2 -DITEMS=1 -DNO_WAIT
 *	large -DWORKERS=2 -DITEMS=2 -DNO_WAIT -DNO_RETURN -DCLOSED -DRESIZE
 *	large -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DRESIZE -DMAX_SEARCHING=2
 *	fault -DWORKERS=1 -DITEMS=2 -DNO_WAIT -DNO_RETURN -DRINGS=2 -DBUG_REFUSE_CLOSES_NOTHING
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DBUG_CLOSED_APART
 *	fault -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DBUG_HALT_WAKES_FIRST
 *	fault -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DBUG_HALT_WAKES_ONE
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DBUG_HALT_DRAINS_FIRST
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DBUG_DRAIN_LEAVES_BUSY
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DEARLY_JOIN -DBUG_HALT_ENDS_IN_SILENCE
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DBUG_RETURN_LOOKS_FIRST
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DBUG_RETURN_WITHOUT_LOOK
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DBUG_PARKS_WITHOUT_LOOK
 *	fault -DWORKERS=1 -DITEMS=3 -DNO_WAIT -DNO_RETURN -DCLOSED -DBUG_NO_LOOK_BETWEEN_ITEMS
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DBUG_LEAVES_WITH_ITEM
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DBUG_LEAVES_IN_SILENCE
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DBUG_CHECKS_BEFORE_IT_LEAVES
 *	fault -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DRESIZE -DBUG_CALL_NOT_COUNTED
 *	fault -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DREAPER -DNO_JOIN -DBUG_TIMER_SET_UNSEEN
 *	fault -DWORKERS=2 -DITEMS=1 -DNO_WAIT -DNO_RETURN -DCLOSED -DREAPER -DNO_JOIN -DBUG_REAPER_HIDES_PARKED
 *	fault -DWORKERS=1 -DITEMS=2 -DNO_RETURN -DOPEN -DBUG_ACCEPTED_FIRST
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_RETURN -DBUG_NO_CHECK_BEFORE_PARK
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_RETURN -DBUG_LOOKS_BEFORE_JOINING
 *	fault -DWORKERS=1 -DITEMS=1 -DNO_RETURN -DBUG_COMBINER_FORGETS
 */

#ifndef RINGS
#define RINGS 1
#endif
#ifndef FIRES
#define FIRES 1
#endif
#ifndef MAX_SEARCHING
#define MAX_SEARCHING 1
#endif
#ifdef NO_RETURN
#define QUEUES RINGS
#define COMES_BACK(item) false
#else
#define QUEUES (RINGS + 1)
#define REQUEUE RINGS
#define COMES_BACK(item) (item == 0 && !cameBack)
#endif

/* A queue: item+1 in the order of claims. */
typedef queue {
	byte item[ITEMS];
	bit published[ITEMS];
	byte head, tail;
	bit closed
}
queue queues[QUEUES];

byte size = WORKERS, alive; /* workerCount */
bit leaveBit; byte calls;   /* Scheduler.flags: flagExcess, excessVersion */
byte searching, parked;     /* idleWord; parked is a set of slots */
bit token[WORKERS];         /* Worker.parker */
bit spawned[WORKERS];         /* slots */
byte settled[WORKERS], elsewhere;

/* Two waitlists of one waiter each, Scheduler.quiet and Scheduler.terminated. */
#define QUIET 0
#define GONE  1
#define WAITING  0
#define WOKEN    1
#define GIVEN_UP 2
bit waiting[2], joined[2], woken[2];
byte state[2];
byte asked[2]; /* combiner */

#ifdef REAPER
bit armed;              /* reaper.armed */
bit timer;              /* the setting in place has one */
bit ticking;            /* that one runs */
bit retired[WORKERS];
#define SEVERAL(set) ((set & (set - 1)) != 0)
#endif

/* Seen by the claims only. */
byte pending;        /* accepted, not settled */
bit sawQuiet;        /* nothing was, since Wait began */
bit refusing;        /* all that begin are to be refused */
bit accepted[ITEMS];
byte ends[ITEMS];
bit cameBack, isOut; /* item 0 has come back, or is to */
bit called;          /* Halt has put up flagExcess */
bit isJoined;        /* Join returned */
byte inHand;         /* workers with an item */

#define READY(y) (queues[y].head < queues[y].tail && queues[y].published[queues[y].head])
#define EMPTY(y) (queues[y].head == queues[y].tail)

inline pop(y) {
	item = queues[y].item[queues[y].head];
	queues[y].item[queues[y].head] = 0; queues[y].published[queues[y].head] = 0;
	queues[y].head++
}

inline end(counter) {
	item--;
	assert(accepted[item]);
	ends[item]++;
	assert(ends[item] == 1);
	counter++;
	pending--;
	sawQuiet = (sawQuiet || pending == 0);
	item = 0
}

/* isQuiet: `settled := s.Settled().Sum()`, then Accepted, worker by worker and queue
   by queue. */
inline addSettled() {
	sum = sum + settled[0];
#if WORKERS > 1
	sum = sum + settled[1];
#endif
	sum = sum + elsewhere
}
inline addAccepted() {
	sum = sum - queues[0].tail;
#if RINGS > 1
	sum = sum - queues[1].tail;
#endif
}
inline isQuiet() {
#ifdef BUG_ACCEPTED_FIRST
	addAccepted(); addSettled();
#else
	addSettled(); addAccepted();
#endif
	atomic { yes = (sum == 0); sum = 0 }
}

/* isGone */
inline isGone() {
	yes = (size == 0 && alive == 0); /* `s.workers.load()` */
#ifdef REAPER
	if
	:: yes -> yes = !armed /* `!s.reaper.armed()` */
	:: else
	fi
#endif
}

inline met(k) {
	if
	:: k == QUIET -> isQuiet()
	:: k == GONE -> isGone()
	fi
}

/* waitlist.check, combiner.request and waitlist.visitAll */
inline check(k) {
#ifdef NO_JOIN
	skip
#elif defined(NO_WAIT)
	if
	:: k == QUIET
	:: k == GONE -> checkSet(k)
	fi
#else
	checkSet(k)
#endif
}
inline checkSet(k) {
	if
	:: waiting[k] -> /* `ws.waiting.Load() != 0` */
		atomic { asked[k]++; mine = (asked[k] == 1) } /* `c.asked.Add(1) > 1` */
		do
		:: atomic { !mine -> break }
		:: mine ->
			answered = asked[k]; /* `answered := c.asked.Load()` */
			atomic { list = joined[k]; joined[k] = 0 } /* `ws.joined.Swap(nil)` */
			if
			:: list -> met(k) /* `ws.met()` */
			:: else
			fi;
			if
			:: list ->
				atomic {
					if
					:: yes && state[k] == WAITING -> state[k] = WOKEN /* `w.state.CompareAndSwap(waiting, woken)` */
					:: else -> yes = 0
					fi
				}
				if
				:: atomic { yes || state[k] == GIVEN_UP -> waiting[k] = 0 } /* `ws.waiting.Add(-1)` */
				:: atomic { !yes && state[k] != GIVEN_UP -> joined[k] = 1 } /* `ws.join(w)` */
				fi;
				atomic {
					if
					:: yes -> woken[k] = 1 /* `w.parker.Unpark()` */
					:: else
					fi
				}
			:: else
			fi;
			atomic { /* `c.asked.CompareAndSwap(answered, 0)` */
				list = 0; yes = 0;
				if
#ifdef BUG_COMBINER_FORGETS
				:: true -> asked[k] = 0; answered = 0; mine = 0
#endif
				:: asked[k] == answered -> asked[k] = 0; answered = 0; mine = 0
				:: else -> answered = 0
				fi
			}
		od
	:: else
	fi
}

/* waitlist.wait, up to where the waiter sleeps */
inline join(k) {
	met(k);
	if
	:: atomic { yes -> yes = 0; slept = 0 }
	:: atomic { !yes -> slept = 1 }
	   waiting[k] = 1; /* `ws.waiting.Add(1)` */
#ifdef BUG_LOOKS_BEFORE_JOINING
	   check(k);
	   joined[k] = 1
#else
	   joined[k] = 1; /* `ws.join(w)` */
	   check(k)
#endif
	fi
}

/* anyWaiting */
inline anyWaiting() {
	found = READY(0);
#if QUEUES > 1
	if
	:: atomic { !found -> found = READY(1) }
	:: atomic { found -> skip }
	fi;
#endif
#if QUEUES > 2
	if
	:: atomic { !found -> found = READY(2) }
	:: atomic { found -> skip }
	fi
#endif
}

/* unpark of any of the parked */
inline unpark() {
	if
	:: parked & 1 -> parked = parked & ~1; token[0] = 1
#if WORKERS > 1
	:: parked & 2 -> parked = parked & ~2; token[1] = 1
#endif
	fi;
	searching++
}

/* notify, or wakeOne */
inline notify() {
	atomic {
		if
		:: searching == 0 && parked != 0 -> unpark()
		:: else
		fi
	}
}

/* wakeOne until nobody is parked */
inline wakeAll() {
	do
	:: atomic { parked != 0 -> unpark() }
	:: atomic { parked == 0 -> break }
	od
}

/* Discard of what pop took */
inline discard() {
	atomic { end(elsewhere) }
	check(QUIET)
}

inline drainQueue(y) {
	do
	:: atomic { READY(y) -> pop(y) } /* `s.queues[i].poll()` */
	   discard()
#ifdef BUG_DRAIN_LEAVES_BUSY
	:: atomic { !READY(y) -> break }
#endif
	:: atomic { EMPTY(y) -> break } /* neither is possible while a push is in progress */
	od
}
inline drain() {
	drainQueue(0);
#if QUEUES > 1
	drainQueue(1);
#endif
#if QUEUES > 2
	drainQueue(2)
#endif
}

/* ensureSearcher */
inline ensureSearcher() {
	do
	:: atomic { searching > 0 -> break }
	:: atomic { searching == 0 && parked != 0 -> skip }
	   anyWaiting();
	   if
	   :: found -> notify()
	   :: else
	   fi;
	   atomic { found = 0; break }
	:: atomic { searching == 0 && parked == 0 -> skip }
	   atomic { /* `s.workers.load()` */
		if
		:: alive >= size -> break
		:: else
		fi
	   }
	   atomic { /* `s.idle.swap(st, st.searcher(1))` */
		found = (searching == 0 && parked == 0);
		searching = searching + found
	   }
	   if
	   :: found ->
		atomic { /* `s.workers.join()` and spawn */
			found = 0;
			if
			:: alive < size ->
				alive++;
				if
				:: !spawned[0] -> spawned[0] = 1
#if WORKERS > 1
				:: !spawned[1] -> spawned[1] = 1
#endif
				fi;
				break
			:: else
			fi
		}
		searching-- /* cancelSearch */
	   :: else
	   fi
	od
}

/* callForExcess */
inline callForExcess() { atomic { leaveBit = 1; calls++ } }

#ifdef REAPER
/* setReaper */
inline setReaper() {
	atomic { ticking = 1; timer = 1 } /* `set.timer.Store(threads.AfterFunc(` */
#ifndef BUG_TIMER_SET_UNSEEN
	if
	:: size == 0 -> disarmReaper() /* `s.workers.halted()` */
	:: else
	fi
#endif
}

inline disarmReaper() {
	mine = timer; /* `set.timer.Load()` */
	atomic { /* `t.Stop()` */
		mine = (mine && ticking);
		ticking = (ticking && !mine)
	}
	if
	:: atomic { mine -> mine = 0; armed = 0; timer = 0 } /* `s.reaper.setting.Store(nil)` */
	   check(GONE) /* `s.terminated.check()` */
	:: else
	fi
}

/* armReaper */
inline armReaper() {
	if
	:: atomic { !armed -> armed = 1; timer = 0 } /* `s.reaper.setting.CompareAndSwap(nil, set)` */
	   setReaper()
	:: atomic { armed -> skip }
	fi
}
#endif

/* Close */
inline close() {
	queues[0].closed = 1;
#if RINGS > 1
	queues[1].closed = 1
#endif
}

/* TrySubmit */
proctype submitter(byte item) {
	byte y, at;
	bit late, open;

	atomic {
		late = refusing;
		if
		:: y = 0
#if RINGS > 1
		:: y = 1
#endif
		fi
	}
#ifdef BUG_CLOSED_APART
	open = !queues[y].closed;
#endif
	atomic { /* `ring.offer(v)`: the claim */
		if
#ifdef BUG_CLOSED_APART
		:: open ->
#else
		:: !queues[y].closed ->
#endif
			assert(!late);
			open = 1;
			at = queues[y].tail;
			queues[y].item[at] = item + 1;
			queues[y].tail++;
			accepted[item] = 1; pending++
		:: else
		fi
	}
	if
	:: open ->
		queues[y].published[at] = 1;
		notify()
	:: else -> /* refuse */
#ifndef BUG_REFUSE_CLOSES_NOTHING
		close();
#endif
		refusing = 1
	fi;
	atomic { y = 0; at = 0; late = 0; open = 0; item = 0 }
}

/* next: one queue after the other. */
inline takeFrom(y) {
	atomic {
		if
		:: item == 0 && READY(y) ->
			pop(y);
			inHand++; assert(!isJoined);
			assert(!called || !tookOne);
			tookOne = called
		:: else
		fi
	}
}
inline take() {
	takeFrom(0);
#if QUEUES > 1
	takeFrom(1);
#endif
#if QUEUES > 2
	takeFrom(2)
#endif
}

/* excess */
inline excess() {
	atomic { /* `flags := s.flags.Load()` */
		over = leaveBit; seen = calls
	}
	if
	:: over ->
		atomic { over = (alive > size) } /* `s.workers.over()` */
		if
		:: !over ->
			atomic { /* `s.flags.CompareAndSwap(flags, flags&^flagExcess)` */
				if
#ifdef BUG_CALL_NOT_COUNTED
				:: leaveBit ->
#else
				:: leaveBit && calls == seen ->
#endif
					leaveBit = 0;
					assert(!called)
				:: else
				fi;
				seen = 0
			}
		:: else -> seen = 0
		fi
	:: else -> seen = 0
	fi
}

/* stopSearching */
inline stopSearching() {
	atomic { amSearching = 0; assert(searching > 0); searching--; found = (searching == 0) }
	if
	:: atomic { found -> found = 0 }
	   ensureSearcher()
	:: else
	fi
}

/* Worker.main */
proctype worker(byte me) {
	byte item, sum, answered, seen;
	bit amSearching, found, over, mine, list, yes, tookOne;
#ifdef REAPER
	bit alone;
#endif

end_unspawned:
	atomic { spawned[me] -> amSearching = 1 } /* `w.searching = true` */
	goto find;

find:
	if
	:: !amSearching -> excess(); /* `!w.searching && !w.excess()` */
		if
		:: atomic { over -> over = 0 }
		:: !over -> take();
			if
			:: item != 0 -> goto atItem
			:: else
			fi
		fi;
		atomic { /* `s.startSearching()` */
			if
			:: searching < MAX_SEARCHING -> searching++; amSearching = 1
			:: else
			fi
		}
	:: else
	fi;
again:
	if
	:: amSearching -> excess(); /* search: `!w.excess()` */
		if
		:: atomic { over -> over = 0 }
		:: !over -> take();
			if
			:: item != 0 -> stopSearching(); goto atItem
			:: else
			fi
		fi
	:: else
	fi;
#ifndef BUG_NO_CHECK_BEFORE_PARK
	check(QUIET); /* `s.quiet.check()` */
#endif
	/* mayLeave */
#ifdef BUG_CHECKS_BEFORE_IT_LEAVES
	if
	:: alive > size -> check(GONE)
	:: else
	fi;
#endif
	atomic { /* `w.s.workers.leaveIfOver()` */
		if
		:: alive > size -> alive--; over = 1
		:: else -> over = 0
		fi
	}
	if
	:: atomic { over -> over = 0 }
		if
		:: amSearching -> stopSearching()
		:: else
		fi;
		goto leave
	:: else
	fi;

park:
	atomic { /* pushParked */
#ifdef REAPER
		alone = (parked == 0);
#endif
		parked = parked | (1 << me);
		assert(!amSearching || searching > 0);
		searching = searching - amSearching;
		amSearching = 0
	}
#ifdef REAPER
	if
	:: !alone -> armReaper()
	:: else
	fi;
#endif
#ifndef BUG_PARKS_WITHOUT_LOOK
	over = (alive > size); /* `s.workers.over()` */
#endif
	if
	:: over ->
		atomic { /* `s.wakeOne(false)` */
			over = 0;
			if
			:: parked != 0 -> unpark()
			:: else
			fi
		}
	:: else ->
		anyWaiting();
		if
		:: atomic { found -> found = 0 }
		   notify()
		:: else
		fi
	fi;
	atomic { token[me] -> token[me] = 0; amSearching = 1 } /* `w.parker.Park(nil)` */
#ifdef REAPER
	if
	:: atomic { retired[me] -> retired[me] = 0; amSearching = 0; alive-- } /* `s.workers.leave()` */
	   ensureSearcher();
	   goto leave
	:: else
	fi;
#endif
	goto again;

atItem: /* run */
#ifdef BUG_LEAVES_WITH_ITEM
	atomic {
		if
		:: alive > size -> alive--; over = 1
		:: else
		fi
	}
#endif
	atomic {
		inHand--;
#ifndef NO_RETURN
		if
		:: COMES_BACK(item - 1) -> isOut = 1; item = 0
		:: else -> end(settled[me])
		fi
#else
		end(settled[me])
#endif
	}
#ifdef BUG_LEAVES_WITH_ITEM
	if
	:: atomic { over -> over = 0; goto leave }
	:: else
	fi;
#endif
#ifndef BUG_NO_LOOK_BETWEEN_ITEMS
	excess(); /* `s.flags.Load()&(flagExcess|flagOverflow) != 0`, `w.excess()` */
	if
	:: atomic { over -> over = 0; goto find }
	:: else
	fi;
#endif
	take(); /* `w.next()` */
	if
	:: item != 0 -> goto atItem
	:: else -> goto find
	fi;

leave: /* end: `w.s.slots.vacate(w)` */
#if !defined(BUG_LEAVES_IN_SILENCE) && !defined(BUG_CHECKS_BEFORE_IT_LEAVES)
	check(GONE); /* `w.s.terminated.check()` */
#endif
	atomic { spawned[me] = 0; goto end_unspawned }
}

#ifndef NO_RETURN
/* Return */
proctype comesBack() {
	byte item, sum, answered;
	bit mine, list, yes, halted;

end_none:
	isOut;
#ifdef BUG_RETURN_LOOKS_FIRST
	halted = (size == 0);
#endif
	atomic { /* `s.requeue.list.TryPush(v)`: the claim */
		queues[REQUEUE].item[0] = 1;
		queues[REQUEUE].tail++;
		cameBack = 1
	}
	queues[REQUEUE].published[0] = 1;
#if !defined(BUG_RETURN_LOOKS_FIRST) && !defined(BUG_RETURN_WITHOUT_LOOK)
	halted = (size == 0); /* `s.workers.halted()` */
#endif
	if
	:: atomic { halted -> halted = 0 }
	   drain()
	:: else -> notify()
	fi
}
#endif

/* Join */
inline joinAll() {
	join(GONE);
	if
	:: slept -> woken[GONE]
	:: else
	fi;
	atomic {
		slept = 0; isJoined = 1;
		assert(size == 0 && alive == 0 && inHand == 0)
	}
}
#ifdef EARLY_JOIN
proctype joiner() {
	byte sum, answered;
	bit mine, list, yes, slept;

	joinAll()
}
#endif

/* Wait, perhaps with a done that is closed at any time */
inline wait() {
	atomic { sawQuiet = (pending == 0) }
	join(QUIET);
	if
	:: !slept -> assert(sawQuiet); all = 1
	:: atomic { slept && woken[QUIET] -> assert(sawQuiet); all = 1 }
	:: atomic { slept && impatient ->
		if
		:: state[QUIET] == WAITING -> state[QUIET] = GIVEN_UP /* `w.state.CompareAndSwap(waiting, abandoned)` */
		:: else -> assert(sawQuiet)
		fi
	   }
	   check(QUIET)
	fi;
	atomic { slept = 0; impatient = 0; woken[QUIET] = 0 }
}

/* Stop of package pool: Close, Wait, Halt */
proctype stopper() {
	byte item, sum, answered;
	bit mine, list, yes, slept, impatient, all;

#ifndef NO_WAIT
	if
	:: impatient = 1
	:: impatient = 0
	fi;
#endif
#ifdef OPEN
	wait(); all = 0;
#endif
#ifndef CLOSED
	close();
	refusing = 1;
#endif
#if !defined(OPEN) && !defined(NO_WAIT)
	wait();
	atomic { assert(!all || pending == 0); all = 0 }
#endif

	/* Halt */
#ifdef BUG_HALT_DRAINS_FIRST
	drain();
#endif
#ifdef BUG_HALT_WAKES_FIRST
	wakeAll();
#endif
	size = 0; /* `s.workers.resize(0)` */
	atomic { callForExcess(); called = 1 }
#ifdef BUG_HALT_WAKES_ONE
	atomic {
		if
		:: parked != 0 -> unpark()
		:: else
		fi
	}
#elif !defined(BUG_HALT_WAKES_FIRST)
	wakeAll(); /* `s.wakeOne(false)` */
#endif
#ifdef REAPER
	disarmReaper();
#endif
#ifndef BUG_HALT_DRAINS_FIRST
	drain(); /* `s.drain()` */
#endif
#ifndef BUG_HALT_ENDS_IN_SILENCE
	check(GONE); /* `s.terminated.check()` */
#endif
#if !defined(EARLY_JOIN) && !defined(NO_JOIN)
	joinAll()
#endif
}

#ifdef REAPER
/* reap, up to FIRES times; the last timer set may fire no more */
proctype clock() {
	byte item, sum, answered, taken, fires;
	bit mine, list, yes, found, over;

	select(fires : 0 .. FIRES);
idle:
end_idle:
	atomic { ticking && fires > 0 -> ticking = 0; fires-- }
	atomic { taken = parked; parked = 0; searching++ } /* takeParked */
	if
	:: SEVERAL(taken) -> atomic { retired[0] = 1; token[0] = 1; taken = taken & ~1 } /* `w.retired = true` */
	:: SEVERAL(taken) -> atomic { retired[1] = 1; token[1] = 1; taken = taken & ~2 }
	:: true
	fi;
	if
	:: taken & 2 -> parked = parked | 2 /* `s.pushParked(stay[i], false)` */
	:: else
	fi;
	if
	:: taken & 1 -> parked = parked | 1
	:: else
	fi;
	atomic { assert(searching > 0); searching--; found = (searching == 0) } /* `s.stopSearching()` */
	if
	:: atomic { found -> found = 0 }
	   ensureSearcher()
	:: else
	fi;
#ifndef BUG_REAPER_HIDES_PARKED
	do
	:: over = (alive > size); /* `s.workers.over() && s.wakeOne(false)` */
	   atomic {
		if
		:: over && parked != 0 -> unpark()
		:: else -> over = 0; break
		fi
	   }
	od;
#endif
	if
	:: atomic { SEVERAL(taken) -> taken = 0; timer = 0 } /* `s.reaper.setting.Store(next)` */
	   setReaper()
	:: else ->
		atomic { armed = 0; timer = 0; taken = 0 } /* `s.reaper.setting.Store(nil)` */
		if
		:: SEVERAL(parked) -> armReaper() /* `s.multipleParked()` */
		:: else
		fi;
		check(GONE) /* `s.terminated.check()` */
	fi;
	goto idle
}
#endif

#ifdef RESIZE
/* Resize(1) */
proctype resizer() {
	bit over, found;

	atomic { /* `s.workers.resize(min(max(n, 1), maxWorkers))` */
		if
		:: size == 0 -> goto done
		:: else -> size = 1
		fi
	}
	/* dismissExcess */
	over = (alive > size);
	if
	:: over ->
		callForExcess();
		do
		:: over = (alive > size);
		   atomic {
			if
			:: over && parked != 0 -> unpark()
			:: else -> break
			fi
		   }
		od
	:: else
	fi;
	ensureSearcher();
done:
	skip
}
#endif

init {
	byte i;
	bit found;

	atomic {
		for (i : 0 .. WORKERS-1) { run worker(i) }
#ifdef CLOSED
		for (i : 0 .. ITEMS-1) {
			queues[0].item[i] = i + 1; queues[0].published[i] = 1;
			accepted[i] = 1
		}
		queues[0].tail = ITEMS; queues[0].closed = 1; pending = ITEMS;
#else
		for (i : 0 .. ITEMS-1) { run submitter(i) }
#endif
#ifndef NO_RETURN
		run comesBack();
#endif
#ifdef RESIZE
		run resizer();
#endif
#ifdef REAPER
		run clock();
#endif
#ifdef EARLY_JOIN
		run joiner();
#endif
		run stopper();
		i = 0
	}
	ensureSearcher(); /* Start */
	/* The final check: no other process can step. */
end_judge:
	atomic {
		timeout;
#ifndef NO_JOIN
		assert(isJoined);
#endif
		assert(size == 0 && alive == 0);
#ifdef REAPER
		assert(!armed && !ticking);
#endif
		assert(searching == 0 && parked == 0);
		assert(pending == 0);
		for (i : 0 .. ITEMS-1) { assert(ends[i] == accepted[i]) }
		for (i : 0 .. QUEUES-1) { assert(EMPTY(i)) }
	}
}
