package sched

import (
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// Close makes the scheduler refuse items from now on. Accepted items run. Blocked
// submitters are woken and refused. When Close returns, every submission is refused. It
// may be called again.
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

// Halt makes each worker leave after its current item, and discards what waits. Close
// must be called before. Halt does not wait for running items.
func (s *Scheduler[T]) Halt() {
	s.workers.resize(0)
	s.raiseExcess()
	for s.wakeOne(false) {
	}
	s.disarmReaper()
	s.PermitsChanged() // no worker is to wait for permits of discarded items
	s.drain()
	s.terminated.check()
}

// drain discards all that waits.
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

// Join blocks until all workers have left after Halt and reports true, or false if done
// was closed first. The scheduler has no goroutine and no timer then.
func (s *Scheduler[T]) Join(done <-chan struct{}) bool { return s.terminated.wait(done) }

func (s *Scheduler[T]) isTerminated() bool {
	size, alive := s.workers.load()
	return size == 0 && alive == 0 && !s.reaper.armed() && s.throttle.wait.Load() == nil
}
