package sched

import (
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

// A workerCount is one word of two counts, 32 bits each: size, the number of workers
// wanted, above; alive, the number there are, below.
//
// I1: alive grows only while alive < size.
//
// I2: size 0 means halted and is final.
//
// A worker that finds alive > size starts no further item and leaves. So after Resize
// no item starts while as many as the new size are running.
type workerCount struct{ word atomics.Uint64 }

func (c *workerCount) load() (size, alive int) {
	w := c.word.Load()
	return int(w >> 32), int(uint32(w))
}

func (c *workerCount) over() bool {
	size, alive := c.load()
	return alive > size
}

func (c *workerCount) halted() bool {
	size, _ := c.load()
	return size == 0
}

// join counts one more worker, or reports false if there are enough.
func (c *workerCount) join() bool {
	for {
		w := c.word.Load()
		if uint32(w) >= uint32(w>>32) {
			return false
		}
		if c.word.CompareAndSwap(w, w+1) {
			return true
		}
	}
}

// leave counts one worker less.
func (c *workerCount) leave() { c.word.Add(^uint64(0)) }

// leaveIfOver counts one worker less, or reports false if there are not too many.
func (c *workerCount) leaveIfOver() bool {
	for {
		w := c.word.Load()
		if uint32(w) <= uint32(w>>32) {
			return false
		}
		if c.word.CompareAndSwap(w, w-1) {
			return true
		}
	}
}

// resize sets the size, or reports false if it is 0 for good.
func (c *workerCount) resize(size int) bool {
	for {
		w := c.word.Load()
		if w>>32 == 0 {
			return false
		}
		if c.word.CompareAndSwap(w, uint64(size)<<32|w&(1<<32-1)) {
			return true
		}
	}
}

// Resize sets the number of workers wanted; n is cut to [1, MaxWorkers]. It never
// blocks. More workers start on waiting items at once. With fewer, running items
// continue, and none starts while n or more are running. After Halt it does nothing.
func (s *Scheduler[T]) Resize(n int) {
	if !s.workers.resize(min(max(n, 1), maxWorkers)) || !s.started.Load() {
		return
	}
	s.dismissExcess()
	s.ensureSearcher()
}

// dismissExcess makes workers beyond the size leave: it wakes parked ones to find out;
// the others check between two items.
func (s *Scheduler[T]) dismissExcess() {
	if !s.workers.over() {
		return
	}
	s.raiseExcess()
	for s.workers.over() && s.wakeOne(false) {
	}
}

// raiseExcess makes workers check whether they are too many.
func (s *Scheduler[T]) raiseExcess() {
	for {
		flags := s.flags.Load()
		if s.flags.CompareAndSwap(flags, (flags|flagExcess)+excessVersion) {
			return
		}
	}
}

// excess reports whether there are too many workers. It checks only if asked to. A worker
// must ask before it takes an item: an item it has taken it runs.
func (w *Worker[T]) excess() bool {
	s := w.s
	flags := s.flags.Load()
	if flags&flagExcess == 0 {
		return false
	}
	if s.workers.over() {
		return true
	}
	s.flags.CompareAndSwap(flags, flags&^flagExcess) // fails if the flag was set again since
	return false
}

// mayLeave reports whether the worker is one too many. It is then no longer counted as
// alive, nor as searching.
func (w *Worker[T]) mayLeave() bool {
	if !w.s.workers.leaveIfOver() {
		return false
	}
	w.leaving = true
	if w.searching {
		w.searching = false
		w.s.stopSearching()
	}
	return true
}

// A workerSlots holds the workers by slot. A slot, once made, stays with its counters
// and is reused after its worker left.
type workerSlots[T any] struct {
	list   atomics.Pointer[[]*Worker[T]] // only grows; readers take no lock
	lock   threads.TryLock               // guards vacant and the growth of list
	vacant []*Worker[T]
}

func (r *workerSlots[T]) all() []*Worker[T] {
	if list := r.list.Load(); list != nil {
		return *list
	}
	return nil
}

// occupy returns a worker for a new goroutine.
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
