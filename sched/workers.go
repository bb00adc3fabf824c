package sched

import "github.com/user/millrace/internal/atomics"

// workerCount is one word that says how many workers there may be and how many
// there are: size above, alive below, 32 bits each.
//
// I1: alive grows only while alive < size.
// I2: size 0 means halted, and stays.
//
// A worker that finds more alive than size starts no further task and leaves, so
// that after Resize no task starts while as many as the new size are running.
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

// join counts one more worker and reports true, or false if there are enough.
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

// leaveIfOver counts one worker less and reports true if there are too many.
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

// resize sets the size unless the worker count is halted; it reports whether it did.
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
