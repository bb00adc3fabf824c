/*
 * A model in Promela of parking: see "Parking" in README.md.
 * Each access to a shared word is one step here. A comment names the Go
 * function that the step stands for, or quotes `its statement`.
 *
 * SUBMITTERS hand in ITEMS items through QUEUES queues; a submitter takes any queue
 * each time. Up to WORKERS workers are spawned and run them. The last MEET items
 * each block until all MEET have begun, so they need MEET workers at once.
 *
 * Claims, whenever no step is possible:
 *   every item was run, and once; so none waits next to a parked worker
 *   no worker is counted as searching, and no woken worker sleeps
 *   while fewer workers are alive than wanted, one is parked
 *
 * Publishing is a release store: a process of its own lets others see it, at any
 * time after the claim, while the submitter goes on.
 *
 * Abstracted: a queue is a list of claims, published one by one, as the ring's own
 * model, ringbuffer/mpmc.pml, leaves it; pop and ready are one step each. The
 * rings have room. A searcher polls once, as with one processor: more polls
 * only help. Loops of a load and a compare-and-swap of the whole idle word are
 * one step, except in pushParked and unpark, which read or write below between;
 * the first load of notify is that of wakeOne. The tag has TAGS
 * values, two by default: the fewer, the more stale swaps succeed. No worker
 * leaves: there is no Resize, reaper, Halt or Pacer.
 *
 * The stage spin of .ci/run verifies the lines "clean", and that those named
 * "fault" are refuted; "large" ones with SPIN_LARGE=1.
 *
 *	clean -DWORKERS=2 -DITEMS=3 -DMEET=2
 *	clean -DWORKERS=2 -DITEMS=2 -DMEET=2 -DQUEUES=2
 *	clean -DWORKERS=3 -DITEMS=3 -DMEET=3 -DSUBMITTERS=1
 *	clean -DWORKERS=3 -DITEMS=3 -DMEET=3 -DSUBMITTERS=1 -DMAX_SEARCHING=2
 *	large -DWORKERS=2 -DITEMS=3 -DMEET=2 -DQUEUES=2
 *	large -DWORKERS=3 -DITEMS=2 -DMEET=2
 *	fault -DWORKERS=2 -DITEMS=3 -DMEET=2 -DBUG_LAST_SEARCHER_LOOKS
 *	fault -DWORKERS=2 -DITEMS=3 -DMEET=2 -DBUG_NO_LOOK_AFTER_SEARCH
 *	fault -DWORKERS=2 -DITEMS=2 -DMEET=2 -DBUG_NO_SECOND_LOOK
 *	fault -DWORKERS=2 -DITEMS=2 -DMEET=2 -DBUG_LOOK_BEFORE_PARK
 *	fault -DWORKERS=2 -DITEMS=2 -DMEET=2 -DBUG_NOTIFY_FIRST
 *	fault -DWORKERS=2 -DITEMS=2 -DMEET=2 -DBUG_NO_SPAWN
 *	fault -DWORKERS=2 -DITEMS=2 -DMEET=2 -DBUG_PARK_IN_TWO_STEPS
 *	fault -DWORKERS=2 -DITEMS=2 -DMEET=2 -DBUG_WOKEN_NOT_COUNTED
 *	fault -DWORKERS=2 -DITEMS=3 -DMEET=2 -DBUG_NO_TAG
 *	fault -DWORKERS=2 -DITEMS=2 -DMEET=2 -DBUG_LOOK_FOR_PUBLISHED
 */

#ifndef SUBMITTERS
#define SUBMITTERS 2
#endif
#ifndef QUEUES
#define QUEUES 1
#endif
#ifndef MAX_SEARCHING
#define MAX_SEARCHING 1
#endif
#ifndef TAGS
#define TAGS 2
#endif

/* A queue: item+1 in the order of claims. */
typedef queue {
	byte item[ITEMS];
	bit published[ITEMS];
	byte head, tail
}
queue queues[QUEUES];

/* idleWord: {tag, searching, top}; top is a worker's slot plus 1, or 0. */
byte tag, searching, top;
byte below[WORKERS]; /* Worker.below */
bit token[WORKERS];  /* Worker.parker */

byte alive;          /* workerCount; the size is WORKERS */
bit spawned[WORKERS];  /* slots */
bit isParked[WORKERS];

#define MEETS(item) (item + MEET >= ITEMS)
byte begun;          /* items that meet and have begun */
byte runs[ITEMS];

#define WAITING(y) (queues[y].head < queues[y].tail)
#define PUBLISHED(y) (WAITING(y) && queues[y].published[queues[y].head])
#ifdef BUG_LOOK_FOR_PUBLISHED
#define READY(y) PUBLISHED(y)
#else
#define READY(y) WAITING(y) /* `!q.ring.IsEmpty()` */
#endif

#ifdef BUG_NO_TAG
#define SAME (searching == stSearching && top == stTop)
#define NEXT_TAG
#else
#define SAME (tag == stTag && searching == stSearching && top == stTop)
#define NEXT_TAG tag = (tag + 1) % TAGS
#endif

/* `st := s.idle.load()` */
inline load() { stTag = tag; stSearching = searching; stTop = top }
inline forgetState() { stTag = 0; stSearching = 0; stTop = 0 }
inline forget() { forgetState(); stBelow = 0 }

/* anyWaiting: one queue after the other. */
inline anyWaiting(found) {
#if QUEUES == 1
	found = READY(0);
#else
	found = READY(0);
	if
	:: atomic { !found -> found = READY(1) }
	:: atomic { found -> skip }
	fi
#endif
}

/* wakeOne and unpark. Nobody but the woken sees its token, so Unpark
   is one step with the swap, which counts it as searching. */
inline notify() {
	do
	:: atomic { /* `s.idle.load()` */
		load();
		if
		:: stSearching > 0 || stTop == 0 -> forget(); break
		:: else
		fi
	   }
	   stBelow = below[stTop-1]; /* `w.below.Load()` */
	   atomic { /* `s.idle.swap(st, st.withTop(int(w.below.Load())).searcher(1))` */
		if
		:: SAME ->
			top = stBelow; NEXT_TAG;
#ifndef BUG_WOKEN_NOT_COUNTED
			searching++;
#endif
			assert(!token[stTop-1]);
			token[stTop-1] = 1; /* `w.parker.Unpark()` */
			forget(); break
		:: else
		fi
	   }
	od
}

/* ensureSearcher */
inline ensureSearcher() {
	do
	:: atomic { /* `s.idle.load()` */
		load();
		if
		:: stSearching > 0 -> forget(); break
		:: else
		fi
	   }
	   if
	   :: stTop != 0 ->
#ifndef BUG_NO_LOOK_AFTER_SEARCH
		anyWaiting(found);
		if
		:: found -> notify()
		:: else
		fi;
#endif
		atomic { found = 0; forget(); break }
	   :: else
	   fi;
#ifdef BUG_NO_SPAWN
	   break;
#endif
	   atomic { /* `s.workers.load()` */
		if
		:: alive >= WORKERS -> forget(); break
		:: else
		fi
	   }
	   atomic { /* `s.idle.swap(st, st.searcher(1))` */
		stBelow = SAME;
		searching = searching + stBelow;
		forgetState()
	   }
	   if
	   :: stBelow ->
		atomic { /* `s.workers.join()` */
			if
			:: alive < WORKERS -> /* and spawn */
				spawned[alive] = 1; alive++;
				stBelow = 0; break
			:: else
			fi
		}
		atomic { searching--; stBelow = 0 } /* cancelSearch, and once more */
	   :: else
	   fi
	od
}

/* What a submitter has stored, until others see it. Its next claim would wait for
   that; here it may come before. */
proctype buffer(byte y, at) {
	queues[y].published[at] = 1
}

/* TrySubmit */
proctype submitter(byte first) {
	byte item, y, at, stTag, stSearching, stTop, stBelow;

	item = first;
	do
	:: item < ITEMS ->
#ifdef BUG_NOTIFY_FIRST
		notify();
#endif
		atomic { /* Offer: the claim, S1 */
			if
			:: y = 0
#if QUEUES > 1
			:: y = 1
#endif
			fi;
			at = queues[y].tail;
			queues[y].item[at] = item + 1;
			queues[y].tail++
		}
		atomic { run buffer(y, at); y = 0; at = 0 } /* Offer: `atomics.StoreRelease(&s.stamp, t|published)` */
#ifndef BUG_NOTIFY_FIRST
		notify(); /* S2 */
#endif
		item = item + SUBMITTERS
	:: else -> break
	od
}

inline pop(y) {
	item = queues[y].item[queues[y].head];
	queues[y].item[queues[y].head] = 0; queues[y].published[queues[y].head] = 0;
	queues[y].head++
}

/* next: one queue after the other; w.lastIdx is 0. busy says Busy, if there was no item. */
inline take() {
	atomic {
		busy = WAITING(0) && !PUBLISHED(0);
		if
		:: PUBLISHED(0) -> pop(0)
		:: else -> item = 0
		fi
	}
#if QUEUES > 1
	atomic {
		busy = busy || WAITING(1) && !PUBLISHED(1);
		if
		:: item == 0 && PUBLISHED(1) -> pop(1)
		:: else
		fi
	}
#endif
}

/* Worker.main */
proctype worker(byte me) {
	byte item, stTag, stSearching, stTop, stBelow;
	bit amSearching, found, busy;

end_unspawned:
	atomic { spawned[me] -> amSearching = 1 } /* spawn: `w.searching = true` */
	goto search;
find:
	take(); /* find: `!w.searching && !w.excess()`, and no worker is one too many */
	if
	:: item != 0 -> goto atItem
	:: else
	fi;
	atomic { /* startSearching */
		if
		:: searching < MAX_SEARCHING -> searching++; amSearching = 1
		:: else -> goto park
		fi
	}
search:
	take();
	if
	:: item != 0 ->
		atomic { /* stopSearching: F1 */
			amSearching = 0;
			assert(searching > 0);
			searching--;
			if
			:: searching > 0 -> goto atItem
			:: else
			fi
		}
		ensureSearcher(); /* F2 */
		goto atItem
	:: item == 0 && busy -> goto search /* `case status == ringbuffer.Busy` */
	:: else
	fi;

park:
#ifdef BUG_LOOK_BEFORE_PARK
	anyWaiting(found);
#endif
	do
	:: load(); /* pushParked: `st := s.idle.load()` */
	   below[me] = stTop; /* `w.below.Store(uint32(st.top()))` */
	   atomic { /* `s.idle.swap(st, next)`: P1 */
		if
		:: SAME ->
			top = me + 1; NEXT_TAG;
#ifndef BUG_PARK_IN_TWO_STEPS
			assert(!amSearching || searching > 0);
			searching = searching - amSearching;
#endif
			stBelow = 1;
#ifdef BUG_LAST_SEARCHER_LOOKS
			stBelow = (amSearching && searching == 0);
#endif
			forgetState(); break
		:: else
		fi
	   }
	od;
#if !defined(BUG_NO_SECOND_LOOK) && !defined(BUG_LOOK_BEFORE_PARK)
	if
	:: stBelow -> anyWaiting(found) /* P2 */
	:: else
	fi;
#endif
	if
	:: found -> notify()
	:: else
	fi;
#ifdef BUG_PARK_IN_TWO_STEPS
	searching = searching - amSearching;
#endif
	atomic { forget(); amSearching = 0; found = 0; isParked[me] = 1 }
end_parked:
	atomic { token[me] -> token[me] = 0; isParked[me] = 0; amSearching = 1; goto search } /* `w.parker.Park(nil)`: P3 */

atItem: /* run */
	atomic {
		item--;
		runs[item]++;
		assert(runs[item] == 1);
		if
		:: MEETS(item) -> begun++
		:: else
		fi
	}
	(!MEETS(item) || begun == MEET); /* an item that meets others blocks here */
	/* run: `w.next()`, then main and find once more */
	take();
	if
	:: item != 0 -> goto atItem
	:: else -> goto find
	fi
}

init {
	byte i, stTag, stSearching, stTop, stBelow;
	bit found;

	atomic {
		for (i : 0 .. WORKERS-1) { run worker(i) }
		for (i : 0 .. SUBMITTERS-1) { run submitter(i) }
		i = 0
	}
	ensureSearcher(); /* Start */
	/* The final check: no other process can step. */
end_judge:
	atomic {
		timeout;
		assert(searching == 0);
		assert(alive == WORKERS || top != 0);
		for (i : 0 .. ITEMS-1) { assert(runs[i] == 1) }
		for (i : 0 .. WORKERS-1) { assert(!spawned[i] || isParked[i]) }
	}
}
