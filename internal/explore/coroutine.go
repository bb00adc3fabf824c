//go:build model

package explore

import "iter"

// A stage is where executions run, one after the other: it keeps goroutines for the
// next one.
type stage struct {
	free []*coroutine
	last *execution

	// resume is called in a goroutine of its own, as a coroutine that calls
	// runtime.Goexit takes the goroutine along that resumed it.
	runs chan func()
	ran  chan any // what it panicked with
}

// A coroutine runs one job after the other.
type coroutine struct {
	job    func() // nil if it has returned
	resume func() (struct{}, bool)
	stop   func()
	yield  func(struct{}) bool
}

// start returns a coroutine with a job, which begins when it is resumed.
func (s *stage) start(job func()) *coroutine {
	var c *coroutine
	if last := len(s.free) - 1; last >= 0 {
		c = s.free[last]
		s.free = s.free[:last]
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
func (s *stage) keep(c *coroutine) {
	if c.job == nil {
		s.free = append(s.free, c)
	}
}

// protect calls f, which resumes coroutines, until it has returned.
func (s *stage) protect(f func()) {
	for returned := false; !returned; {
		if s.runs == nil {
			s.hire()
		}
		s.runs <- func() { f(); returned = true }
		if p := <-s.ran; p != nil {
			panic(p)
		}
	}
}

// hire starts the goroutine of protect.
func (s *stage) hire() {
	s.runs, s.ran = make(chan func()), make(chan any)
	go func(runs chan func(), ran chan any) {
		defer func() {
			if p := recover(); p != nil || s.runs == runs {
				s.runs = nil
				ran <- p
			}
		}()
		for run := range runs {
			run()
			ran <- nil
		}
		s.runs = nil
	}(s.runs, s.ran)
}

// close ends the goroutines.
func (s *stage) close() {
	for _, c := range s.free {
		c.stop()
	}
	if s.runs != nil {
		close(s.runs)
	}
}
