package sched

import (
	"time"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
	"github.com/user/millrace/ringbuffer"
)

// A Pacer limits how often items start. Workers call its methods, each with its Local,
// where the Pacer may keep what it knows of a permit. They must neither block nor panic.
type Pacer interface {
	// Take takes a permit for one start and returns 0, or takes none and returns how long to
	// wait before the next try.
	Take(local any) time.Duration

	// GiveBack returns the worker's last permit, which no item used.
	GiveBack(local any)
}

// A throttle is the wait of all workers for the next permit: one timer, which counts as a
// searcher from the moment it is set. Submitters and parking workers leave their items to
// it, and it ends as a searcher does.
//
// Order: a wait begins and ends at a compare-and-swap of wait. The goroutine that ends it,
// in the timer or in PermitsChanged, gives up the count.
type throttle struct {
	wait        atomics.Pointer[permitWait] // nil if no timer is set
	permitEpoch atomics.Uint64              // calls of PermitsChanged
	throttled   atomics.Uint64              // waits begun
}

// A permitWait is one setting of the timer.
type permitWait struct {
	timer atomics.Pointer[threads.Timer]
}

// A permit is what a worker knows of the permit for its next item.
type permit struct {
	held        bool
	denied      time.Duration // what Take returned; 0 if not asked, or granted
	permitEpoch uint64        // throttle.permitEpoch before Take was asked
}

// take is next, with a permit if there is a Pacer. It asks for one only if an item waits,
// and keeps one that it did not use.
func (w *Worker[T]) take() (v T, status ringbuffer.Status) {
	pacer := w.s.cfg.Pacer
	if pacer == nil {
		return w.next()
	}
	if !w.permit.held && !w.takePermit(pacer) {
		return v, ringbuffer.Empty
	}
	v, status = w.next()
	w.permit.held = status != ringbuffer.Done
	return v, status
}

func (w *Worker[T]) takePermit(pacer Pacer) bool {
	w.permit = permit{}
	if !w.s.anyWaiting() {
		return false
	}
	w.permit.permitEpoch = w.s.throttle.permitEpoch.Load()
	w.permit.denied = pacer.Take(w.Local)
	w.permit.held = w.permit.denied == 0
	return w.permit.held
}

// returnPermit gives back the permit of a worker that has no item for it.
func (w *Worker[T]) returnPermit() {
	w.permit.held = false
	w.s.cfg.Pacer.GiveBack(w.Local)
	w.s.PermitsChanged()
}

// awaitPermit sets the timer for a searching worker that was denied a permit, and gives
// the timer its count as a searcher. If a timer is set already, the worker continues as if
// it had found nothing.
func (w *Worker[T]) awaitPermit() {
	s := w.s
	wait := new(permitWait)
	if !s.throttle.wait.CompareAndSwap(nil, wait) {
		return
	}
	w.searching = false
	s.throttle.throttled.Add(1)
	timer := threads.AfterFunc(w.permit.denied, func() { s.endWait(wait) })
	wait.timer.Store(timer)
	if s.workers.halted() || s.throttle.permitEpoch.Load() != w.permit.permitEpoch {
		s.endWait(wait) // Halt or PermitsChanged may have checked before there was a wait
	}
	if s.throttle.wait.Load() != wait {
		timer.Stop() // the wait may have ended before there was a timer
	}
}

// endWait ends a wait for a permit, unless another goroutine does: workers may try again.
func (s *Scheduler[T]) endWait(wait *permitWait) {
	if !s.throttle.wait.CompareAndSwap(wait, nil) {
		return
	}
	if timer := wait.timer.Load(); timer != nil {
		timer.Stop()
	}
	s.stopSearching()
}

// PermitsChanged makes workers ask for permits at once. A Pacer's owner must call it after
// permits became available sooner than Take had said.
func (s *Scheduler[T]) PermitsChanged() {
	s.throttle.permitEpoch.Add(1)
	if wait := s.throttle.wait.Load(); wait != nil {
		s.endWait(wait)
	}
}

// Throttled returns how often starts waited for a permit; starts that waited for the same
// one count once.
func (s *Scheduler[T]) Throttled() uint64 { return s.throttle.throttled.Load() }
