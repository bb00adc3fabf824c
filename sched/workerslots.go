package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A workerSlots holds the workers by slot. A slot once made stays, with its counters,
// and is used again after its worker left.
type workerSlots[T any] struct {
	list   atomics.Pointer[[]*Worker[T]] // grows only; readers take no lock
	lock   threads.TryLock               // guards what follows and the growing of list
	vacant []*Worker[T]
}

func (r *workerSlots[T]) all() []*Worker[T] {
	if list := r.list.Load(); list != nil {
		return *list
	}
	return nil
}

// enter returns a worker for a new goroutine.
func (r *workerSlots[T]) occupy(s *Scheduler[T]) *Worker[T] {
	r.acquire()
	defer r.lock.Unlock()
	if last := len(r.vacant) - 1; last >= 0 {
		w := r.vacant[last]
		r.vacant[last] = nil
		r.vacant = r.vacant[:last]
		return w
	}
	list := r.all()
	w := newWorker(s, len(list))
	list = append(list, w) // readers hold shorter slices of the same array
	r.list.Store(&list)
	return w
}

// vacate gives back the slot of a worker whose goroutine ends.
func (r *workerSlots[T]) vacate(w *Worker[T]) {
	r.acquire()
	defer r.lock.Unlock()
	r.vacant = append(r.vacant, w)
}

func (r *workerSlots[T]) acquire() {
	for !r.lock.TryLock() {
		threads.Pause()
	}
}
