/*
 * A model in Promela of submitters that wait for room, and of Close, which wakes and
 * refuses them: see "Blocked submitters" and "Shutdown" in README.md. Each access
 * to a shared word is one step here. A comment names the Go function that a step
 * stands for, or quotes `its statement`.
 *
 * SUBMITTERS call Submit once each. RINGS rings of one slot are full at first; a
 * worker takes TAKES items, one at any time. One process calls Close at any time,
 * unless NO_CLOSE. The last IMPATIENT submitters may give up at any time.
 *
 * Claims:
 *   room     at the end no submitter sleeps next to a free slot, or after Close
 *   told     while a submitter sleeps the flag for workers is set
 *   closed   once a submission was refused, or Close returned, all that begin are
 *            refused
 *   exact    what was accepted was taken or is in a ring, never more than fit, and
 *            no item of a refused or abandoned submission
 *   once     only waiting submitters are woken
 *
 * Abstracted: claiming and publishing a slot is one step, and so is taking an item
 * out: Busy is not answered (ringbuffer/mpmc.pml). Each submitter has a node of its
 * own, whose free list is left out, and all begin at the same ring, without a spin.
 * Only the process in attendAll sees the queue: what it does to it takes no steps.
 *
 * The stage spin of .ci/run verifies the lines "clean", and that those named
 * "fault" are refuted; "large" ones with SPIN_LARGE=1.
 *
 *	clean -DSUBMITTERS=2 -DNO_CLOSE -DTAKES=2
 *	clean -DSUBMITTERS=2 -DNO_CLOSE -DTAKES=2 -DIMPATIENT=1
 *	clean -DSUBMITTERS=2 -DNO_CLOSE -DRINGS=2
 *	clean -DSUBMITTERS=1 -DRINGS=2
 *	clean -DSUBMITTERS=2
 *	large -DSUBMITTERS=2 -DIMPATIENT=1
 *	fault -DSUBMITTERS=1 -DNO_CLOSE -DBUG_JOINS_WITHOUT_LOOK
 *	fault -DSUBMITTERS=1 -DNO_CLOSE -DBUG_ROOM_BEFORE_BIT
 *	fault -DSUBMITTERS=1 -DNO_CLOSE -DBUG_LOOKS_BEFORE_TAKING
 *	fault -DSUBMITTERS=2 -DNO_CLOSE -DTAKES=2 -DBUG_HANDS_NOTHING_ON
 *	fault -DSUBMITTERS=2 -DNO_CLOSE -DTAKES=2 -DBUG_HANDS_ON_FIRST
 *	fault -DSUBMITTERS=2 -DNO_CLOSE -DIMPATIENT=1 -DBUG_GONE_KEEPS_THE_WAKE
 *	fault -DSUBMITTERS=1 -DTAKES=0 -DBUG_CLOSING_LAST
 *	fault -DSUBMITTERS=1 -DTAKES=0 -DBUG_CLOSES_IN_SILENCE
 */

#ifndef RINGS
#define RINGS 1
#endif
#ifndef TAKES
#define TAKES 1
#endif
#ifndef IMPATIENT
#define IMPATIENT 0
#endif

bit filled[RINGS], closedRing[RINGS];
bit closing;   /* Scheduler.closing */
bit flagRoom;  /* Scheduler.flags */

/* blockedList */
byte stack[SUBMITTERS], stacked; /* joined; the last is its top */
byte leaving;
bit waking;
byte asked;                      /* round */
byte queue[SUBMITTERS], queued;

/* submitter */
#define WAITING 0
#define WOKEN   1
#define GONE    2
byte state[SUBMITTERS];
bit again[SUBMITTERS], token[SUBMITTERS];

/* Seen by the claims only. */
bit refusing;
bit asleep[SUBMITTERS];
byte accepted, taken;

#if RINGS == 1
#define ROOM (!filled[0])
#else
#define ROOM (!filled[0] || !filled[1])
#endif

/* queue.add, with what was swapped out of joined: the oldest comes first, those woken
   in vain in front. */
inline addJoined() {
	i = 0;
	do
	:: i < stacked ->
		if
		:: again[stack[i]] ->
			j = queued;
			do
			:: j > 0 -> queue[j] = queue[j-1]; j--
			:: else -> break
			od;
			queue[0] = stack[i]
		:: else -> queue[queued] = stack[i]
		fi;
		queued++;
		stack[i] = 0; i++
	:: else -> break
	od;
	stacked = 0; i = 0; j = 0
}

/* queue.pop */
inline popQueue() {
	who = queue[0];
	i = 1;
	do
	:: i < queued -> queue[i-1] = queue[i]; i++
	:: else -> break
	od;
	queued--; queue[queued] = 0; i = 0
}

/* queue.removeAbandoned; j counts them */
inline removeAbandoned() {
	i = 0; j = 0;
	do
	:: i < queued ->
		if
		:: state[queue[i]] == GONE -> j++
		:: else -> queue[i-j] = queue[i]; again[queue[i]] = 0
		fi;
		i++
	:: else -> break
	od;
	i = queued; queued = queued - j;
	do
	:: i > queued -> i--; queue[i] = 0
	:: else -> break
	od;
	i = 0
}

/* room, ring by ring */
inline room(is) {
	is = !filled[0]; /* `s.rings[i].room()` */
#if RINGS > 1
	if
	:: atomic { !is -> is = !filled[1] }
	:: atomic { is -> skip }
	fi
#endif
}

/* check: combiner.request of attendAll */
inline check() {
	atomic { asked++; atWork = (asked == 1) } /* `c.asked.Add(1) > 1` */
	do
	:: atomic { !atWork -> break }
	:: atWork ->
		answered = asked; /* `answered := c.asked.Load()` */

		onItsWay = waking; /* `waking := bl.waking.Load()` */
		atomic { addJoined() } /* `bl.queue.add(bl.joined.Swap(nil))` */
		atomic { /* `bl.leaving.Load()` */
			if
			:: leaving > 0 && leaving >= queued / 2 -> removeAbandoned()
			:: else
			fi
		}
		atomic { leaving = leaving - j; j = 0 } /* `bl.leaving.Add(-int32(bl.queue.removeAbandoned()))` */
#ifdef BUG_ROOM_BEFORE_BIT
		room(hasRoom);
#endif
		atomic { flagRoom = (queued > 0 && !onItsWay) } /* `bl.setFlagRoom(bl.queue.first != nil && !waking)` */
		stopped = closing; /* `stopped := s.closing.Load()` */
		do
		:: atomic { queued == 0 || !stopped && onItsWay -> break }
		:: queued > 0 && (stopped || !onItsWay) ->
#ifndef BUG_ROOM_BEFORE_BIT
			if
			:: !stopped -> room(hasRoom)
			:: else
			fi;
#endif
			if
			:: atomic { !stopped && !hasRoom -> break }
			:: atomic { stopped || hasRoom ->
				hasRoom = 0;
				popQueue();
				if
				:: state[who] == WAITING -> state[who] = WOKEN; onItsWay = 1; won = 1 /* `b.state.CompareAndSwap(waiting, woken)` */
				:: else -> leaving-- /* `bl.leaving.Add(-1)` */
				fi
			   }
			   if
			   :: won ->
				waking = 1; /* `bl.waking.Store(true)` */
				atomic {
					assert(asleep[who] && !token[who]);
					token[who] = 1; won = 0; who = 0 /* `b.parker.Unpark()` */
				}
			   :: else -> who = 0
			   fi
			fi
		od;
		atomic {
			if
			:: queued == 0 || onItsWay -> flagRoom = 0 /* `bl.setFlagRoom(false)` */
			:: else
			fi;
			hasRoom = 0; onItsWay = 0; stopped = 0
		}
		atomic { /* `c.asked.CompareAndSwap(answered, 0)` */
			if
			:: asked == answered -> asked = 0; atWork = 0
			:: else
			fi;
			answered = 0
		}
	od
}

/* Close */
inline close() {
#ifndef BUG_CLOSING_LAST
	closing = 1; /* `s.closing.Store(true)` */
#endif
	closedRing[0] = 1; /* `q.Close()` */
#if RINGS > 1
	closedRing[1] = 1;
#endif
#ifndef BUG_CLOSES_IN_SILENCE
	check(); /* `s.blocked.check()` */
#endif
#ifdef BUG_CLOSING_LAST
	closing = 1
#endif
}

#define FULL     0
#define ACCEPTED 1
#define STOPPED  2

inline offer(r) {
	atomic {
		if
		:: status != FULL
		:: status == FULL && closedRing[r] -> status = STOPPED
		:: status == FULL && !closedRing[r] && !filled[r] ->
			assert(!late);
			filled[r] = 1; accepted++;
			status = ACCEPTED
		:: else
		fi
	}
}

/* TrySubmit, ring by ring */
inline trySubmit() {
	status = FULL;
	offer(0);
#if RINGS > 1
	offer(1);
#endif
	if
	:: status == STOPPED -> close(); refusing = 1 /* refuse */
	:: else
	fi
}

/* blockedList.join */
inline join() {
	state[me] = WAITING; /* `b.state.Store(waiting)` */
	atomic { asleep[me] = 1; stack[stacked] = me; stacked++ } /* `bl.joined.CompareAndSwap(top, b)` */
}

inline handOn() {
#ifdef BUG_HANDS_ON_FIRST
	check();
	waking = 0
#else
	waking = 0; /* `bl.waking.Store(false)` */
#ifndef BUG_HANDS_NOTHING_ON
	check()
#endif
#endif
}

/* Submit */
proctype submitter(byte me) {
	byte status, answered, who, i, j;
	bit late, atWork, onItsWay, stopped, hasRoom, won;

	late = refusing;
	trySubmit();
	if
	:: status != FULL -> goto done
	:: else
	fi;
	/* waitForRoom */
	join();
#ifndef BUG_JOINS_WITHOUT_LOOK
	check();
#endif
end_asleep:
	do
	:: atomic { token[me] -> token[me] = 0; asleep[me] = 0 } /* `me.parker.Park(done)` */
	   trySubmit();
	   if
	   :: status == FULL ->
		if
		:: closing -> close(); refusing = 1; status = STOPPED /* `status == Full && bl.s.closing.Load()` */
		:: else
		fi
	   :: else
	   fi;
	   if
	   :: status != FULL -> handOn(); goto done
	   :: else
	   fi;
	   again[me] = 1;
	   join(); /* `bl.join(me)` */
	   handOn()
	:: me + IMPATIENT >= SUBMITTERS -> /* done was closed */
		if
		:: atomic { state[me] == WAITING -> state[me] = GONE; asleep[me] = 0 } /* `me.state.CompareAndSwap(waiting, abandoned)` */
		   leaving++; /* `bl.leaving.Add(1)` */
		   check()
		:: atomic { state[me] != WAITING -> skip }
		   atomic { token[me] -> token[me] = 0; asleep[me] = 0 } /* `me.parker.Park(nil)` */
#ifndef BUG_GONE_KEEPS_THE_WAKE
		   handOn()
#endif
		fi;
		goto done
	od;
done:
	atomic { status = 0; late = 0 }
}

/* A worker: it takes an item, T1, and looks then, T2. */
proctype worker(byte left) {
	byte answered, who, i, j;
	bit atWork, onItsWay, stopped, hasRoom, won, flags;

end_none:
	do
	:: left > 0 ->
#ifdef BUG_LOOKS_BEFORE_TAKING
		flags = flagRoom;
#endif
end_empty:
		atomic {
			if
			:: filled[0] -> filled[0] = 0
#if RINGS > 1
			:: filled[1] -> filled[1] = 0
#endif
			fi;
			taken++; left--
		}
#ifndef BUG_LOOKS_BEFORE_TAKING
		flags = flagRoom; /* `s.flags.Load()&flagRoom != 0` */
#endif
		if
		:: flags ->
			if
			:: !waking -> check() /* roomMade: `!bl.waking.Load()` */
			:: else
			fi
		:: else
		fi;
		flags = 0
	:: else -> break
	od
}

proctype closer() {
	byte answered, who, i, j;
	bit atWork, onItsWay, stopped, hasRoom, won;

	close();
	refusing = 1
}

init {
	byte i;

	atomic {
		for (i : 0 .. RINGS-1) { filled[i] = 1 }
		accepted = RINGS;
		for (i : 0 .. SUBMITTERS-1) { run submitter(i) }
		run worker(TAKES);
#ifndef NO_CLOSE
		run closer();
#endif
		i = 0
	}
	/* The final check: no other process can step. */
end_judge:
	atomic {
		timeout;
		for (i : 0 .. SUBMITTERS-1) {
			assert(!asleep[i] || !ROOM && !refusing && flagRoom)
		}
		assert(asked == 0);
		for (i : 0 .. RINGS-1) { accepted = accepted - filled[i] }
		assert(accepted == taken)
	}
}
