package sched

import "fmt"

// invariants says what is wrong with a scheduler on which nothing is waiting,
// running or on its way and nobody calls a method, "" if nothing is.
func invariants[T any](s *Scheduler[T]) string {
	st := s.idle.load()
	size, alive := s.workers.load()
	if st.searching() != 0 {
		return fmt.Sprintf("%d workers count as searching", st.searching())
	}
	all := s.slots.all()
	parked := map[int]bool{}
	for top := st.top(); top != 0; top = int(all[top-1].below.Load()) {
		if parked[top] {
			return fmt.Sprintf("the stack of parked workers goes round at slot %d", top-1)
		}
		parked[top] = true
	}
	if len(parked) != alive {
		return fmt.Sprintf("%d workers are parked, %d alive", len(parked), alive)
	}
	if len(s.slots.vacant) != len(all)-alive {
		return fmt.Sprintf("%d of %d slots are vacant, %d workers alive", len(s.slots.vacant), len(all), alive)
	}
	if alive > size {
		return fmt.Sprintf("%d workers alive, %d wanted", alive, size)
	}
	if s.started.Load() && size > 0 && alive == 0 {
		return "nobody is alive to be woken"
	}
	for _, w := range all {
		if w.searching || w.leaving || w.retired || w.busy.Load() {
			return fmt.Sprintf("worker %d: searching %v, leaving %v, retired %v, busy %v", w.slot, w.searching, w.leaving, w.retired, w.busy.Load())
		}
	}
	if got, want := s.Settled().Sum(), s.Accepted(); got != want {
		return fmt.Sprintf("%d items settled of %d accepted", got, want)
	}
	for i := range s.queues {
		if n := s.queues[i].Len(); n != 0 || s.queues[i].waiting() {
			return fmt.Sprintf("way %d has %d items", i, n)
		}
	}
	if bl := &s.blocked; bl.queue.first != nil || bl.joined.Load() != nil || bl.leaving.Load() != 0 || bl.waking.Load() || bl.round.asked.Load() != 0 {
		return fmt.Sprintf("blocked submitters: %d in the queue, leaving %d, waking %v, asked %d", bl.queue.len, bl.leaving.Load(), bl.waking.Load(), bl.round.asked.Load())
	}
	for range s.blocked.free.Len() {
		b, _ := s.blocked.free.TryPop()
		if b.again || b.parker.Unpark() == false {
			return "a blocked submitter's node is lent with a past"
		}
		s.blocked.free.TryPush(&submitter{parker: b.parker})
		b.parker.Park(nil)
	}
	if s.flags.Load()&flagRoom != 0 {
		return "flagRoom is up and nobody waits"
	}
	for name, ws := range map[string]*waitlist{"quiet": &s.quiet, "gone": &s.terminated} {
		if ws.waiting.Load() != 0 || ws.joined.Load() != nil {
			return fmt.Sprintf("waitlist %s: %d waiting", name, ws.waiting.Load())
		}
	}
	if n := s.quiet.sweep.asked.Load(); n != 0 {
		return fmt.Sprintf("waitlist quiet: asked %d", n)
	}
	if s.reaper.armed() && (size == 0 || alive < 2) {
		return fmt.Sprintf("the reaper is armed with %d alive of %d", alive, size)
	}
	if s.throttle.wait.Load() != nil {
		return "a timer for a permit is set"
	}
	return ""
}

// vacated reports whether no goroutine of a halted scheduler touches it any more.
func vacated[T any](s *Scheduler[T]) bool {
	r := &s.slots
	if !r.lock.TryLock() {
		return false
	}
	defer r.lock.Unlock()
	return len(r.vacant) == len(r.all()) && s.blocked.round.asked.Load() == 0 && s.quiet.sweep.asked.Load() == 0 && s.idle.load().searching() == 0
}
