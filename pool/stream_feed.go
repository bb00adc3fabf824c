package pool

import "iter"

// feed takes the elements of the input into the stream.
func (s *stream[T, R]) feed(in iter.Seq[T]) {
	returned := false
	defer func() {
		if !returned {
			report, err := s.crashed(recover())
			s.group.fail(err)
			report()
		}
	}()
	all := true
	for v := range in {
		if all = s.put(v); !all {
			break
		}
	}
	returned = true
	if all {
		s.mu.Lock()
		s.fed = true
		s.loop.rouse()
		s.mu.Unlock()
	}
}

// put takes in an element as soon as there is room. It reports false, and leaves the
// element, if the stream has ended.
func (s *stream[T, R]) put(v T) bool {
	if s.group.ctx.Err() != nil {
		return false
	}
	s.mu.Lock()
	for s.open == s.in.size() {
		s.feeder.sleeps = true
		s.mu.Unlock()
		select {
		case <-s.feeder.wake:
		case <-s.group.ctx.Done():
			return false
		}
		s.mu.Lock()
	}
	s.open++
	s.in.push(v)
	if s.takesPart {
		s.loop.rouse()
	}
	s.mu.Unlock()
	if s.begun || s.takesPart {
		s.grow()
		return true
	}
	s.begun = true
	if err := s.begin(); err != nil {
		s.group.fail(err)
	}
	return true
}
