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
	for i := range s.queues {
		if q := &s.queues[i]; q != s.requeue {
			q.Close()
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
	s.workers.resize(0)
	s.raiseExcess()
	for s.wakeOne(false) {
	}
	s.disarmReaper()
	s.PermitsChanged() // nobody is to wait for permits of items that are discarded
	s.drain()
	s.terminated.check()
}

// drain discards all that is waiting.
func (s *Scheduler[T]) drain() {
	for i := range s.queues {
		for {
			v, _, status := s.queues[i].poll()
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
func (s *Scheduler[T]) Join(done <-chan struct{}) bool { return s.terminated.wait(done) }

func (s *Scheduler[T]) isTerminated() bool {
	size, alive := s.workers.load()
	return size == 0 && alive == 0 && !s.reaper.armed() && s.throttle.wait.Load() == nil
}
