package sched

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// elsewhereEvery is how many items a worker takes before it starts its look for
// the next one at another way than usual, so that nothing waits for ever behind
// others. 61 is what Go's own scheduler takes: no task pattern keeps step with a
// prime.
const elsewhereEvery = 61

// ranDry is called where the way that had an item last has none. It lets items gather
// there for a while, if they come from outside.
func (w *Worker[T]) ranDry() {
	if w.s.gathers && !w.s.isLane(w.at) {
		threads.Spin(int(w.patience))
		w.patience = adapt(w.patience, w.from.len())
	}
}

// next takes an item from the first way that has one, beginning with the one that
// had one last, and at times at random. The lanes of others come last.
func (w *Worker[T]) next() (v T, status ringbuffer.Status) {
	s := w.s
	ways, i := s.usual, w.at
	called := s.look.Load()&lookLane != 0
	if called {
		ways = s.ways
	}
	w.taken++
	if w.taken > elsewhereEvery {
		w.taken = 0
		if !w.staysAtLane() {
			i = s.filledLane(w.random.IntN(len(ways)))
		}
		if called {
			s.laneDrained() // others may have taken the last
		}
	}
	status = ringbuffer.Empty
	if s.isLane(i) {
		if v, status = w.takeFrom(i); status == ringbuffer.Done {
			return v, status
		}
		i = s.homeOf(w.slot)
	}
	for k := range ways {
		if k >= len(s.usual) {
			i = k
		}
		v, answer := w.takeFrom(i)
		switch answer {
		case ringbuffer.Done:
			return v, answer
		case ringbuffer.Busy:
			status = answer
		}
		if i++; i == len(s.usual) {
			i = 0
		}
	}
	if called {
		s.laneDrained()
	}
	return v, status
}

// filledLane returns the first lane from i on, and around, that has an item; or i, if
// none has, or that is no lane.
func (s *Scheduler[T]) filledLane(i int) int {
	if !s.isLane(i) {
		return i
	}
	for range s.rings {
		if s.ways[i].list.Ready() {
			break
		}
		if i++; i == len(s.ways) {
			i = len(s.usual)
		}
	}
	return i // if none has, it has gone all around
}

// takeFrom takes an item from the way of that index, and notes that it had one. A lane
// of others that has few it leaves to them, but for this one.
func (w *Worker[T]) takeFrom(i int) (v T, status ringbuffer.Status) {
	from := &w.s.ways[i]
	v, age, status := from.poll()
	if status != ringbuffer.Done {
		return v, status
	}
	w.age = age
	if i != w.at {
		w.steals.Add(1)
		if !w.s.isLane(i) || from == w.home.lane || from.isLong() {
			w.at, w.from = i, from
		}
	}
	return v, status
}

// isLong reports whether a lane has more items than run before a worker looks elsewhere.
func (y *way[T]) isLong() bool { return y.len() > elsewhereEvery }

// goToLane makes the worker take from its lane next, if an item is there.
func (w *Worker[T]) goToLane() {
	s := w.s
	if s.look.Load()&lookLane != 0 && w.from != w.home.lane && w.home.lane.list.Ready() {
		w.at, w.from = len(s.usual)+s.homeOf(w.slot), w.home.lane
	}
}

// staysAtLane is asked where it is time to look elsewhere, and reports whether it is not,
// after all: the lane that the worker is at has many items. What it took elsewhere could
// submit more than are run until it looks again, and that would go on without end. Only
// where the lane gets no shorter as it is, the worker does look elsewhere.
func (w *Worker[T]) staysAtLane() bool {
	if !w.s.isLane(w.at) || !w.from.isLong() {
		w.stays, w.laneWas = 0, 0
		return false
	}
	w.stays++
	if w.stays%elsewhereEvery != 0 {
		return true
	}
	if n := w.from.len(); w.laneWas == 0 || n < w.laneWas {
		w.laneWas = n
		return true
	}
	w.laneWas = 0 // it may get longer now
	return false
}
