package pool

import "sync/atomic"

// A signal wakes those who wait for something that can happen again and again. Its
// zero value is ready.
type signal struct{ next atomic.Pointer[chan struct{}] }

// awaited returns a channel that is closed by the next send.
func (s *signal) awaited() <-chan struct{} {
	for {
		if c := s.next.Load(); c != nil {
			return *c
		}
		c := make(chan struct{})
		if s.next.CompareAndSwap(nil, &c) {
			return c
		}
	}
}

func (s *signal) send() {
	if c := s.next.Swap(nil); c != nil {
		close(*c)
	}
}
