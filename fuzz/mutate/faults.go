package main

var faults = []fault{
	// ringbuffer
	{"publish before filling", "ringbuffer/mpmc.go", []edit{{
		"\t\t\ts.value = v\n\t\t\tatomics.StoreRelease(&s.stamp, t|published) // pairs with the load of stamp in Poll\n",
		"\t\t\tatomics.StoreRelease(&s.stamp, t|published)\n\t\t\ts.value = v\n",
	}}},
	{"release before emptying", "ringbuffer/mpmc.go", []edit{{
		"\t\t\tv = s.value\n\t\t\tvar zero T\n\t\t\ts.value = zero\n\t\t\tatomics.StoreRelease(&s.stamp, r.lap.around(h)) // pairs with the load of stamp in Offer\n",
		"\t\t\tatomics.StoreRelease(&s.stamp, r.lap.around(h))\n\t\t\twidenWindow()\n\t\t\tv = s.value\n\t\t\tvar zero T\n\t\t\ts.value = zero\n",
	}}},
	{"leave the value in the slot", "ringbuffer/mpmc.go", []edit{{
		"\t\t\tvar zero T\n\t\t\ts.value = zero\n\t\t\tatomics.StoreRelease(&s.stamp, r.lap.around(h)) // pairs",
		"\t\t\tatomics.StoreRelease(&s.stamp, r.lap.around(h)) // pairs",
	}}},
	{"empty while a push is under way", "ringbuffer/mpmc.go", []edit{{
		"if r.tail.Load()&^closed == h {", "if true {",
	}}},
	{"full while a pop is under way", "ringbuffer/mpmc.go", []edit{{
		"if r.lap.around(r.head.Load()) == t {", "if true {",
	}}},
	{"push into a closed ring", "ringbuffer/mpmc.go", []edit{{
		"\t\tif t&closed != 0 {\n\t\t\treturn Closed\n\t\t}\n\t\ts := r.slot(t)\n\t\tstamp := s.stamp.Load()\n\t\tif stamp == t {",
		"\t\tt &^= closed\n\t\ts := r.slot(t)\n\t\tstamp := s.stamp.Load()\n\t\tif stamp == t {",
	}}},
	{"claim without compare", "ringbuffer/mpmc.go", []edit{{
		"\t\t\tif !r.head.CompareAndSwap(h, r.lap.next(h)) {\n\t\t\t\tcontinue\n\t\t\t}\n",
		"\t\t\tr.head.Store(r.lap.next(h))\n",
	}}},
	{"laps of a wrong length", "ringbuffer/lap.go", []edit{{
		"l.skip = l.mask + 1 - 2*l.cap", "l.skip = 2*l.mask + 2 - 2*l.cap",
	}}},
	{"batch goes around the ring", "ringbuffer/mpmc.go", []edit{{
		"for n < len(vs) && r.slot(end).stamp.Load() == end {", "for n < len(vs) && r.slot(end).stamp.Load() != 1 {",
	}}},
	{"batch takes what is not published", "ringbuffer/mpmc.go", []edit{{
		"for n < len(dst) && r.slot(end).stamp.Load() == end|published {", "for n < len(dst) && end != r.tail.Load()&^closed {",
	}}},
	{"a push does not lock", "ringbuffer/ptrring.go", []edit{{
		"s.Load() == nil && r.tail.CompareAndSwap(t, end|locked) {", "s.Load() == nil && r.tail.CompareAndSwap(t, end) {",
	}}},
	{"a pop does not lock", "ringbuffer/ptrring.go", []edit{{
		"p != nil && r.head.CompareAndSwap(h, end|locked) {", "p != nil && r.head.CompareAndSwap(h, end) {",
	}}},
	{"unlock before the value is there", "ringbuffer/ptrring.go", []edit{{
		"\t\t\tatomics.StorePointerRelease(s, p) // pairs with the load of the slot in Poll\n\t\t\tatomics.StoreRelease(&r.tail, end)\n",
		"\t\t\tatomics.StoreRelease(&r.tail, end)\n\t\t\twidenWindow()\n\t\t\tatomics.StorePointerRelease(s, p)\n",
	}}},
	{"unlock before the slot is free", "ringbuffer/ptrring.go", []edit{{
		"\t\t\tatomics.StorePointerRelease(s, nil) // pairs with the load of the slot in Offer\n\t\t\tatomics.StoreRelease(&r.head, end)\n",
		"\t\t\tatomics.StoreRelease(&r.head, end)\n\t\t\twidenWindow()\n\t\t\tatomics.StorePointerRelease(s, nil)\n",
	}}},
	{"empty while a word is pushed", "ringbuffer/ptrring.go", []edit{{
		"if r.tail.Load()&^locked == h&^locked {", "if h&locked == 0 {",
	}}},
	{"empty though the last push before a segment was sealed is in it", "ringbuffer/unbounded.go", []edit{{
		"\t\tif !s.ring.IsEmpty() { // as in Poll\n\t\t\treturn false\n\t\t}\n\t\tq.leave(s, next)\n", "\t\tq.leave(s, next)\n",
	}}},
	{"full while a word is popped", "ringbuffer/ptrring.go", []edit{{
		"case t&locked == 0 && r.lap.around(r.head.Load()&^locked) == t:", "case t&locked == 0:",
	}}},
	{"closed without the lock", "ringbuffer/ptrring.go", []edit{{
		"if t&locked == 0 && r.tail.CompareAndSwap(t, t|locked) {", "if t&locked == 0 {",
	}}},
	{"a batch of words goes around the ring", "ringbuffer/ptrring.go", []edit{{
		"n = r.freeFrom(t, min(len(vs), len(r.slots)))", "n = r.freeFrom(t, min(len(vs), len(r.slots)+1))",
	}}},
	{"a batch finds a ring full where a pop is under way", "ringbuffer/ptrring.go", []edit{{"return 0, r.notFree(t)", "return 0, Full"}}},
	{"a batch finds a ring empty where a push is under way", "ringbuffer/ptrring.go", []edit{{"if n == 0 {\n\t\treturn 0, r.notPublished(h)", "if n == 0 {\n\t\treturn 0, Empty"}}},
	{"a batch unlocks before its words are there", "ringbuffer/ptrring.go", []edit{{
		"\twidenWindow()\n\trest := vs\n", "\tatomics.StoreRelease(&r.tail, end)\n\twidenWindow()\n\trest := vs\n",
	}}},
	{"a batch takes its last slot for all", "ringbuffer/ptrring.go", []edit{{"r.slot(r.lap.advance(t, n-1)).Load() == nil {", "r.slot(t).Load() == nil {"}}},
	{"closed while a word is pushed", "ringbuffer/ptrring.go", []edit{{"case t&locked != 0 && r.closed.Load():", "case t&locked != 0:"}}},
	{"length of two instants of words", "ringbuffer/ptrring.go", []edit{{
		"\t\th := r.head.Load()\n\t\tif r.tail.Load() == t {\n\t\t\tn :=", "\t\th := r.head.Load()\n\t\tif true {\n\t\t\tn :=",
	}}},
	{"length of two instants", "ringbuffer/mpmc.go", []edit{{
		"\t\th := r.head.Load()\n\t\tif r.tail.Load() == t {\n\t\t\tn :=", "\t\th := r.head.Load()\n\t\tif true {\n\t\t\tn :=",
	}}},
	{"ready before it is published", "ringbuffer/mpmc.go", []edit{{
		"if r.slot(h).stamp.Load() == h|published {\n\t\t\treturn true", "if r.tail.Load()&^closed != h {\n\t\t\treturn true",
	}}},
	{"leave a segment at the first empty", "ringbuffer/unbounded.go", []edit{{
		"\t\tif v, status = s.ring.Poll(); status != Empty {\n\t\t\treturn v, status\n\t\t}\n\t\tq.leave(s, next)", "\t\tq.leave(s, next)",
	}}},
	{"link without sealing", "ringbuffer/unbounded.go", []edit{{
		"\ts.ring.Close()\n\tnext, end := s.follow()\n\tif end {\n\t\treturn 0, true", "\tnext, end := s.follow()\n\tif end {\n\t\treturn 0, true",
	}}},
	{"head passes tail", "ringbuffer/unbounded.go", []edit{{
		"\tq.tail.CompareAndSwap(s, next) // I1: head must not pass tail\n", "",
	}}},
	{"count from the segment's begin", "ringbuffer/unbounded.go", []edit{{
		"n.base = s.base + s.ring.Pushed()", "n.base = s.ring.Pushed()",
	}}},
	{"close without sealing", "ringbuffer/unbounded.go", []edit{{
		"\t\ts.ring.Close()\n\t\tif s.next.CompareAndSwap(nil, s) {", "\t\tif s.next.CompareAndSwap(nil, s) {",
	}}},

	// sched: parking
	{"drop the look after parking", "sched/park.go", []edit{{
		"} else if s.anyWaiting() {\n\t\ts.wakeOne(true)\n\t}\n\tw.parker", "}\n\tw.parker",
	}}},
	{"only the last searcher looks again", "sched/park.go", []edit{
		{"\talone := s.pushParked(w, w.searching)\n", "\twas := w.searching\n\talone := s.pushParked(w, was)\n"},
		{"} else if s.anyWaiting() {\n\t\ts.wakeOne(true)\n\t}\n\tw.parker", "} else if was && s.anyWaiting() {\n\t\ts.wakeOne(true)\n\t}\n\tw.parker"},
	}},
	{"no chain wake", "sched/park.go", []edit{{
		"if next.searching() == 0 {\n\t\t\t\ts.ensureSearcher()", "if false {\n\t\t\t\ts.ensureSearcher()",
	}}},
	{"spawn nobody", "sched/wake.go", []edit{{"alive >= size {", "alive >= min(size, 1) {"}}},
	{"stack without a tag", "sched/idle.go", []edit{{"(s&^maxWorkers | idleState(top)) + tagOne", "s&^maxWorkers | idleState(top)"}}},
	{"look, then stop searching", "sched/park.go", []edit{
		{"\talone := s.pushParked(w, w.searching)\n\tw.searching = false\n", "\talone := s.pushParked(w, false)\n"},
		{"\tw.parker.Park(nil)\n\tw.searching = !w.retired", "\tif w.searching {\n\t\ts.cancelSearch()\n\t}\n\tw.parker.Park(nil)\n\tw.searching = !w.retired"},
	}},
	{"notify before pushing", "sched/submit.go", []edit{
		{"\tvar status ringbuffer.Status\n", "\ts.notify()\n\tvar status ringbuffer.Status\n"},
		{"\tif s.shouldWake() {\n\t\ts.wakeAndYield()\n\t}\n", ""},
	}},
	{"a busy queue is an empty one", "sched/take.go", []edit{{"\t\tcase ringbuffer.Busy:\n\t\t\tstatus = answer\n\t\t}\n", "\t\t}\n"}}},
	{"a nested item wakes nobody", "sched/overflow.go", []edit{{"\ts.raiseOverflow()\n\ts.notify()\n", "\ts.raiseOverflow()\n"}}},
	{"a nested item of a worker wakes nobody", "sched/submit.go", []edit{{"\t\tw.s.notify()\n\t\treturn Accepted\n", "\t\treturn Accepted\n"}}},
	{"a returned item wakes nobody", "sched/submit.go", []edit{{
		"\t\ts.drain() // Halt may have checked before v was there\n\t\treturn\n\t}\n\ts.notify()\n", "\t\ts.drain() // Halt may have checked before v was there\n\t\treturn\n\t}\n",
	}}},
	{"never begin elsewhere", "sched/take.go", []edit{{"if w.taken > fairnessInterval {", "if false {"}}},
	{"the reaper spares nobody", "sched/reaper.go", []edit{{"if i > 0 && w.parkedIn+1 < now {", "if i >= 0 && w.parkedIn+1 < now {"}}},
	{"the reaper takes the young", "sched/reaper.go", []edit{{"w.parkedIn+1 < now", "w.parkedIn < now"}}},

	// sched: the overflow
	{"a nested item overtakes the overflow queue", "sched/submit.go", []edit{{"if !s.overflowUsed(overflow) {", "if true {"}}},
	{"a nested item of a worker overtakes the overflow queue", "sched/submit.go", []edit{{"\tcase w.s.overflowUsed(overflow):\n\t\treturn w.s.pushOverflow(v, overflow)\n", ""}}},
	{"nobody is called to the overflow queue", "sched/overflow.go", []edit{{"\ts.raiseOverflow()\n\ts.notify()\n", "\ts.notify()\n"}}},
	{"workers do not go to their overflow queue", "sched/worker.go", []edit{{"\t\t\tw.switchToOverflow()\n", ""}}},
	{"workers take from the overflow queues of others before the rings", "sched/take.go", []edit{{
		"\t\tif k >= len(s.primary) {\n\t\t\ti = k\n\t\t}\n", "\t\tif i = len(queues) - 1 - k; false {\n\t\t}\n",
	}}},
	{"nobody visits the overflow queues of others", "sched/take.go", []edit{{"s.nextOverflow(w.random.IntN(len(queues)))", "w.random.IntN(len(s.primary))"}}},
	{"a visitor looks at one overflow queue", "sched/take.go", []edit{{"s.nextOverflow(w.random.IntN(len(queues)))", "w.random.IntN(len(queues))"}}},
	{"who visits a overflow queue stays", "sched/take.go", []edit{{"if !w.s.isOverflow(i) || from == w.home.overflow || from.isLong() {", "if true {"}}},
	{"who visits a long overflow queue does not stay", "sched/take.go", []edit{{" || from.isLong() {", " {"}}},
	{"a long overflow queue lets others in", "sched/overflow.go", []edit{{"if !w.s.isOverflow(w.lastIdx) || !w.last.isLong() {", "if true {"}}},
	{"a overflow queue keeps others out", "sched/overflow.go", []edit{{"\tw.lastLen = 0 // it may get longer now\n\treturn false\n", "\tw.lastLen = 0\n\treturn true\n"}}},
	{"a overflow queue lets others in that gets shorter", "sched/overflow.go", []edit{{"w.lastLen == 0 || n < w.lastLen {", "false {"}}},
	{"a overflow queue that was drained counts as long", "sched/overflow.go", []edit{{"\t\tw.stays, w.lastLen = 0, 0\n", ""}}},
	{"a nested item goes to a overflow queue that is drained", "sched/overflow.go", []edit{{"flagOverflow != 0 && (overflow.list.Ready() || overflow.waiting())", "flagOverflow != 0"}}},
	{"a parker calls nobody to a overflow queue that waits", "sched/park.go", []edit{{"\t\t\t\ts.raiseOverflow()\n", ""}}},
	{"the overflow queue is forgotten beside an item", "sched/overflow.go", []edit{{"\tif s.overflowWaiting() { // a pusher may have seen the flag still set\n\t\ts.raiseOverflow()\n\t}\n", ""}}},
	{"the overflow queue is called for ever", "sched/take.go", []edit{{"\tif called {\n\t\ts.lowerOverflow()\n\t}\n", ""}}},
	{"the overflow queue is called for as long as a ring has items", "sched/take.go", []edit{{"\t\t\ts.lowerOverflow() // others may have taken the last item\n", ""}}},

	// sched: search and handover
	{"search on whatever the gaps", "sched/spin.go", []edit{{"if mean > g.limit/2 {", "if false {"}}},
	{"a gap does not end", "sched/spin.go", []edit{{"\tg.since.Store(0)\n", ""}}},
	{"a spinner has no end where the clock stands", "sched/spin.go", []edit{{"now > v.deadline || time.Duration(v.polls) > v.gap.limit/spinTurns", "now > v.deadline"}}},
	{"two spinners at a time", "sched/spin.go", []edit{{"if spinTime == 0 || !g.lock.TryLock() {", "if spinTime == 0 {"}}},
	{"one spinner and no more", "sched/spin.go", []edit{{"\tdefer spinner.end()\n", ""}}},
	{"a spinner though goroutines wait", "sched/spin.go", []edit{{"return v.busyPolls < maxBusyPolls", "return true"}}},
	{"a spinner goes on though its processor was taken", "sched/spin.go", []edit{{"v.stalled(now) || ", ""}}},
	{"another spinner though its processor was taken", "sched/spin.go", []edit{{"if now < g.notBefore {", "if false {"}}},
	{"submitters rely on a spinner that lost its processor", "sched/wake.go", []edit{{"if s.gap.spinnerStalled() {", "if false {"}}},
	{"each submitter wakes another beside such a spinner", "sched/spin.go", []edit{{" && g.pollDeadline.CompareAndSwap(pollDeadline, now+uint64(minPollInterval))", ""}}},
	{"a spinner that ended is still relied on", "sched/spin.go", []edit{{"\tatomics.StoreRelease(v.gap.pollDeadline, 0)\n", ""}}},
	{"a spinner ends though others take what comes", "sched/spin.go", []edit{{"g.pollDeadline.Load() != v.pollDeadline", "false"}}},
	{"what others take beside a spinner ends no gap", "sched/wake.go", []edit{{"\t\ts.gap.end()\n\t\treturn s.wakeOne(false)", "\t\treturn s.wakeOne(false)"}}},
	{"a spinner on a slow machine is said to have lost it", "sched/spin.go", []edit{{"\tv.gap.updateInterval(now - v.lastCheck)\n", ""}}},
	{"a loss counts as the pace of a spinner", "sched/spin.go", []edit{{"min(2*took, 4*max(g.pollInterval, minPollInterval))", "2 * took"}}},
	{"spinners are put off for ever", "sched/spin.go", []edit{{"\t\tg.backoff = 0\n", ""}}},
	{"a spinner before all is said to be quiet", "sched/take.go", []edit{{
		"\t\ts.quiet.check()\n\t\tif w.searching {\n\t\t\tif v, ok = w.spinForItem(); ok {\n\t\t\t\treturn v, w.found()\n\t\t\t}\n\t\t}\n",
		"\t\tif w.searching {\n\t\t\tif v, ok = w.spinForItem(); ok {\n\t\t\t\treturn v, w.found()\n\t\t\t}\n\t\t}\n\t\ts.quiet.check()\n",
	}}},
	{"a handover though costly", "sched/wake.go", []edit{{"if time.Duration(cost) > maxHandoverCost {", "if false {"}}},
	{"once costly, no more handovers", "sched/wake.go", []edit{{"\t\th.cost.Store(cost - cost/16)\n", ""}}},
	{"a handover beside workers awake", "sched/wake.go", []edit{{"atRest := s.parked(st)+st.searching() >= alive", "atRest := s.parked(st)+st.searching() <= alive"}}},
	{"no handover", "sched/wake.go", []edit{{"s.wake() && atRest {", "s.wake() && atRest && false {"}}},
	{"each of the parked is the only one", "sched/park.go", []edit{{"w.depth.Store(uint32(s.parked(st) + 1))", "w.depth.Store(1)"}}},

	// sched: bounds
	{"one worker too few leaves", "sched/workers.go", []edit{{"\t\tif uint32(w) <= uint32(w>>32) {\n\t\t\treturn false", "\t\tif uint32(w) <= uint32(w>>32)+1 {\n\t\t\treturn false"}}},
	{"one worker too many is spawned", "sched/workers.go", []edit{{"if uint32(w) >= uint32(w>>32) {", "if uint32(w) > uint32(w>>32) {"}}},
	{"one place too many", "sched/queue.go", []edit{{"if i < cfg.Capacity%n {", "if i <= cfg.Capacity%n {"}}},
	{"a worker too many runs on", "sched/workers.go", []edit{{"\tif s.workers.over() {\n\t\treturn true", "\tif false {\n\t\treturn true"}}},
	{"take an item before looking for excess", "sched/worker.go", []edit{{"\t\t\tif w.excess() {\n\t\t\t\tbreak\n\t\t\t}\n", ""}}},
	{"look for excess no longer, whatever was called", "sched/workers.go", []edit{{"s.flags.CompareAndSwap(flags, flags&^flagExcess)", "s.flags.And(^uint32(flagExcess))"}}},

	// sched: blocked submitters
	{"forget the blocked submitters", "sched/worker.go", []edit{{"\t\t\ts.blocked.roomMade()\n\t\t}\n\t\trun(w, v)", "\t\t}\n\t\trun(w, v)"}}},
	{"sleep without another look at room", "sched/blocked.go", []edit{{"\tbl.join(me)\n\tbl.check()\n\tfor {", "\tbl.join(me)\n\tfor {"}}},
	{"the woken submitter tells nobody", "sched/blocked.go", []edit{{"\tbl.waking.Store(false)\n\tbl.check()\n", "\tbl.waking.Store(false)\n"}}},
	{"one that gives up keeps the wake", "sched/blocked.go", []edit{{"\t\t\tme.parker.Park(nil) // woken at the same time\n\t\t\tbl.handOn()\n", "\t\t\tme.parker.Park(nil) // woken at the same time\n"}}},
	{"look for room before asking for it", "sched/blocked.go", []edit{
		{"\tbl.setFlagRoom(bl.queue.first != nil && !waking)\n", "\troom := s.room()\n\tbl.setFlagRoom(bl.queue.first != nil && !waking)\n"},
		{"!waking && s.room())", "!waking && room)"},
	}},
	{"the second wins the combiner's answer", "sched/combiner.go", []edit{{"\t\tif c.asked.CompareAndSwap(answered, 0) {\n\t\t\treturn\n\t\t}", "\t\t_ = answered\n\t\tc.asked.Store(0)\n\t\treturn"}}},

	// sched: counting
	{"count accepted before settled", "sched/count.go", []edit{{
		"\tsettled := s.Settled().Sum()\n\treturn settled == s.Accepted()", "\taccepted := s.Accepted()\n\treturn s.Settled().Sum() == accepted",
	}}},
	{"settle twice", "sched/count.go", []edit{{"count.Load()+1", "count.Load()+2"}}},
	{"wait without another look", "sched/waitlist.go", []edit{{"\tws.join(w)\n\tws.check()\n\tif", "\tws.join(w)\n\tif"}}},
	{"look before taking who waits", "sched/waitlist.go", []edit{{
		"\tlist := ws.joined.Swap(nil)\n\tmet := list != nil && ws.met()\n", "\tmet := ws.met()\n\tlist := ws.joined.Swap(nil)\n",
	}}},
	{"the idle worker tells nobody", "sched/take.go", []edit{{"\t\tw.setBusy(false)\n\t\ts.quiet.check()\n", "\t\tw.setBusy(false)\n"}}},

	// sched: stop
	{"refuse without closing the rest", "sched/submit.go", []edit{{"\ts.Close()\n\treturn Stopped", "\treturn Stopped"}}},
	{"close leaves blocked submitters", "sched/stop.go", []edit{{"\ts.inline.close()\n\ts.blocked.check()\n", "\ts.inline.close()\n"}}},
	{"close leaves the overflow queues open", "sched/stop.go", []edit{{"\t\tif q := &s.queues[i]; q != s.requeue {\n\t\t\tq.Close()\n", "\t\tif q := &s.queues[i]; q != s.requeue && !s.isOverflow(i) {\n\t\t\tq.Close()\n"}}},
	{"close leaves the inline counter open", "sched/stop.go", []edit{{"\ts.inline.close()\n", ""}}},
	{"halt wakes nobody", "sched/stop.go", []edit{{"\tfor s.wakeOne(false) {\n\t}\n\ts.disarmReaper()", "\ts.disarmReaper()"}}},
	{"halt leaves the timer", "sched/stop.go", []edit{{"\ts.disarmReaper()\n", ""}}},
	{"halt discards nothing", "sched/stop.go", []edit{{"\ts.drain()\n\ts.terminated.check()", "\ts.terminated.check()"}}},
	{"what comes back after halt stays", "sched/submit.go", []edit{{"\t\ts.drain() // Halt may have checked before v was there\n", ""}}},

	// sched: pace
	{"keep a permit without an item", "sched/throttle.go", []edit{{"\tw.s.cfg.Pacer.GiveBack(w.Local)\n", ""}}},
	{"the end of a wait wakes nobody", "sched/throttle.go", []edit{{"\t\ttimer.Stop()\n\t}\n\ts.stopSearching()\n", "\t\ttimer.Stop()\n\t}\n\ts.cancelSearch()\n"}}},
	{"permits in vain", "sched/throttle.go", []edit{{"\tif !w.s.anyWaiting() {\n\t\treturn false\n\t}\n", ""}}},

	// pheap
	{"the youngest of equals first", "pheap/key.go", []edit{{"bits.Sub64(k.age, o.age, 0)", "bits.Sub64(o.age, k.age, 0)"}}},
	{"one item beyond the bound", "pheap/push.go", []edit{{"return in >= limit && in >= h.raiseLimit(limit)", "return in > limit && in > h.raiseLimit(limit)"}}},
	{"full as of a cached limit", "pheap/push.go", []edit{{"return in >= limit && in >= h.raiseLimit(limit)", "return in >= limit"}}},
	{"push into a closed heap", "pheap/push.go", []edit{{"case entry&closed != 0:", "case false:"}}},
	{"the second child is not compared", "pheap/array.go", []edit{{"left, right := four[1].smaller(&four[0].key),", "left, right := uint64(0),"}}},
	{"the last children are not compared", "pheap/array.go", []edit{{"for c := best + 1; c < len(items); c++ {", "for c := best + 1; c < len(items)-1; c++ {"}}},
	{"keep what was popped", "pheap/array.go", []edit{{"\titems[n] = item[T]{} // keeps nothing from the collector\n", ""}}},
	{"empty while one is in a held shard", "pheap/pop.go", []edit{{"\tout := h.popped()\n\treturn h.pushed(h.entry.Load())+h.returned.Load() == out\n", "\treturn true\n"}}},
	{"not ready while a shard is held", "pheap/pop.go", []edit{{
		"\treturn !h.isEmpty()\n", "\tfor i := range h.shards {\n\t\tif t := h.shards[i].load(); t.isFilled() && !t.isHeld() {\n\t\t\treturn true\n\t\t}\n\t}\n\treturn false\n",
	}}},
	{"ready as the tops say", "pheap/pop.go", []edit{{
		"\treturn !h.isEmpty()\n", "\tfor i := range h.shards {\n\t\tif h.shards[i].load().isFilled() {\n\t\t\treturn true\n\t\t}\n\t}\n\treturn false\n",
	}}},
	{"what was popped is seen late", "pheap/shard.go", []edit{{"s.popped.Store(s.popped.Load() + 1)", "atomics.StoreRelease(&s.popped, s.popped.Load()+1)"}}},
	{"the front is not sorted", "pheap/store.go", []edit{{"for ; i > 0 && !x.before(&s.front[i-1].key); i-- {", "for ; i > s.inFront; i-- {"}}},
	{"the front spills the best", "pheap/store.go", []edit{
		{"s.array.push(s.front[i])", "s.array.push(s.front[half+i])"},
		{"\tcopy(s.front[:], s.front[half:])\n", ""},
	}},
	{"the heap is not looked at after a spill", "pheap/store.go", []edit{{
		"\t\tif !x.before(&s.array.items[0].key) {\n\t\t\ts.array.push(x)\n\t\t\treturn\n\t\t}\n", "",
	}}},
	{"the front keeps what was popped", "pheap/store.go", []edit{{"\ts.front[i] = item[T]{} // keeps nothing from the collector\n", ""}}},
	{"what was spilled stays in the front", "pheap/store.go", []edit{{"\tclear(s.front[half:])\n", ""}}},
	{"publish the age before the rank", "pheap/shard.go", []edit{
		{
			"\tatomics.StoreRelease(&s.rank, best.rank)\n\twidenWindow()\n\tatomics.StoreRelease(&s.top, uint64(topOf(best.age)))\n",
			"\tatomics.StoreRelease(&s.top, uint64(topOf(best.age)))\n\twidenWindow()\n\tatomics.StoreRelease(&s.rank, best.rank)\n",
		},
	}},
	{"aging makes up for nothing", "pheap/key.go", []edit{{"p = max(p, math.MinInt64+gained) - gained", "p = max(p, math.MinInt64+gained)"}}},

	// the limiter
	{"one token beyond the burst", "pool/ratelimit/claim.go", []edit{{"if after-g.full > now && !g.fitsDeadline(", "if after-g.full-g.interval > now && !g.fitsDeadline("}}},
	{"time banks tokens without end", "pool/ratelimit/claim.go", []edit{{
		"\t\tif word > now { // not full\n\t\t\tafter = word + g.cost(n)\n", "\t\tafter = word + g.cost(n)\n\t\tif word > now {\n",
	}}},
	{"refuse as of an old reading", "pool/ratelimit/claim.go", []edit{{"if word == seen {", "if word == seen || true {"}}},
	{"give back what others built on", "pool/ratelimit/claim.go", []edit{{"c.state.word.CompareAndSwap(c.after, c.before)", "c.state.word.Add(c.before - c.after)"}}},
	{"Allow takes one token too many", "pool/ratelimit/limiter.go", []edit{{"after-g.full <= now &&", "after-g.full-g.interval <= now &&"}}},
	{"Allow takes from a frozen word", "pool/ratelimit/limiter.go", []edit{{"word >= 0 && at <= g.last {", "at <= g.last {"}}},
	{"take from a frozen word", "pool/ratelimit/claim.go", []edit{{"if word < 0 || at > g.last {", "if at > g.last {"}}},
	{"more than the burst at once", "pool/ratelimit/claim.go", []edit{{"if n > g.burst {", "if false {"}}},
	{"a wait that gives up keeps its tokens", "pool/ratelimit/wait.go", []edit{{"\t\tc.giveBack()\n", ""}}},

	// stop
	{"stop refuses nothing", "pool/stop.go", []edit{{"\tp.life.Unlock()\n\tp.engine.Close()\n", "\tp.life.Unlock()\n"}}},
	{"the end of the grace cancels nothing", "pool/stop.go", []edit{{"\t\tp.engine.Halt()\n\t\tp.cancelTasks()\n", "\t\tp.engine.Halt()\n"}}},
	{"stop does not wait for callers' runs", "pool/stop.go", []edit{{" && p.inline.wait(done)", ""}}},
	{"never-run tasks are not named", "pool/stop.go", []edit{{"\te.neverRun.add(id)\n", ""}}},
	{"stop waits for late retries", "pool/stop.go", []edit{{"\t\tp.retries.endBy(deadline)\n", "\t\t_ = deadline\n"}}},
	{"the end of the grace leaves retries", "pool/stop.go", []edit{{"\t\tp.retries.endBy(time.Unix(0, 0))\n", "\t\t_ = time.Unix\n"}}},
	{"a retry due late is kept while stopping", "pool/retry_queue.go", []edit{{"\tif rs.tooLate(d) { // endBy", "\tif false { // endBy"}}},
}
