//go:build model

package explore

import "iter"

// A coroutine runs one job after the other.
type coroutine struct {
	job    func() // nil if it has returned
	resume func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
}

// start returns a coroutine with a job, which begins when it is resumed.
func (st *stage) start(job func()) *coroutine {
	var c *coroutine
	if last := len(st.free) - 1; last >= 0 {
		c = st.free[last]
		st.free = st.free[:last]
		c.job = job
		return c
	}
	c = &coroutine{job: job}
	c.resume, c.stop = iter.Pull(func(yield func(struct{}) bool) {
		c.yield = yield
		for {
			c.job()
			c.job = nil
			if !yield(struct{}{}) {
				return
			}
		}
	})
	return c
}

// keep takes back a coroutine whose job is done.
func (st *stage) keep(c *coroutine) {
	if c.job == nil {
		st.free = append(st.free, c)
	}
}
