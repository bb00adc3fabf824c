package sched

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// Close makes the scheduler refuse items from now on; what was accepted runs.
// Submitters that wait for room are woken and refused. When Close returns every
// submission is refused. It may be called again.
func (s *Scheduler[T]) Close() {
	s.closing.Store(true)
	for i := range s.ways {
		if y := &s.ways[i]; y != s.returns {
			y.close()
		}
	}
	s.inline.close()
	s.blocked.check()
}

// Closed reports whether Close was called.
func (s *Scheduler[T]) Closed() bool { return s.closing.Load() }

// Halt lets the workers leave, each after the item it is at, and discards what
// is waiting. Call Close before it. It does not wait for running items.
func (s *Scheduler[T]) Halt() {
	s.crew.resize(0)
	s.callForExcess()
	for s.wakeAny() {
	}
	s.disarmReaper()
	s.Hurry() // nobody is to wait for permits of items that are discarded
	s.drain()
	s.gone.check()
}

// drain discards all that is waiting.
func (s *Scheduler[T]) drain() {
	for i := range s.ways {
		for {
			v, _, status := s.ways[i].poll()
			if status == ringbuffer.Empty {
				break
			}
			if status == ringbuffer.Busy {
				threads.Pause()
				continue
			}
			s.cfg.Discard(v)
		}
	}
}

// Join blocks until all workers have left after Halt and reports true, or false
// if done was closed first. Nothing of the scheduler is left then, no goroutine
// and no timer.
func (s *Scheduler[T]) Join(done <-chan struct{}) bool { return s.gone.wait(done) }

func (s *Scheduler[T]) isGone() bool {
	size, alive := s.crew.load()
	return size == 0 && alive == 0 && !s.reaper.armed() && s.pace.wait.Load() == nil
}
