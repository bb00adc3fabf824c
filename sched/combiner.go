package sched

import "github.com/user/millrace/internal/atomics"

// A combiner runs one piece of work for many callers. One goroutine at a time does the
// work, and none waits for another.
//
// A caller does the work if none is doing it. Otherwise it returns at once, and the
// goroutine that is doing it does it once more. So after request returned, a whole run of
// the work that began after the call has ended or is to come.
//
// Order: a request takes effect at its add to asked. Progress: wait-free for all callers
// but the one doing the work, which continues as long as others ask. While that one is
// stopped, the work is not done.
type combiner struct {
	asked atomics.Uint32 // requests not yet answered; 0 if none is doing the work
}

func (c *combiner) request(work func()) {
	if c.asked.Add(1) > 1 {
		return
	}
	for {
		answered := c.asked.Load()
		work()
		if c.asked.CompareAndSwap(answered, 0) {
			return
		}
	}
}
