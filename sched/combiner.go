package sched

import "github.com/user/millrace/internal/atomics"

// A combiner lets many goroutines ask for one piece of work that only one may do
// at a time, and makes none of them wait for another.
//
// Whoever asks while nobody is at it does the work; whoever asks meanwhile goes
// on at once, and the one at work does it once more. So after request returned,
// a whole run of the work that began after the call has ended or is to come.
//
// Order: a request takes effect at its add to asked. Progress: wait-free for all
// but the one at work, who goes on as long as others ask. While that one is
// stopped, the work is not done.
type combiner struct {
	asked atomics.Uint32 // requests not yet answered; 0 if nobody is at work
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
