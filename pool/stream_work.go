package pool

import "time"

func (s *stream[T, R]) left() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.in.ready()
}

// done is not needed: when the loop ends it cancels what has not started.
func (s *stream[T, R]) done() bool { return false }

func (s *stream[T, R]) work(t *turn) (over bool) {
	for !t.ended() && s.workOne(t) {
		if t.over(time.Now()) {
			return true
		}
	}
	return false
}

// workOne calls fn for an element, or reports false if there is none.
func (s *stream[T, R]) workOne(t *turn) bool {
	s.mu.Lock()
	v, number, ok := s.in.pop()
	s.mu.Unlock()
	if !ok {
		return false
	}
	t.recruit()
	var r result[R]
	returned := false
	defer func() {
		if !returned {
			report, err := s.crashed(recover())
			r.err = err
			defer report()
		}
		s.publish(number, r)
	}()
	r.value, r.err = s.fn(t.ctx, v)
	returned = true
	return true
}

// publish gives the loop the result of an element.
func (s *stream[T, R]) publish(number uint64, r result[R]) {
	if r.err != nil && !s.all {
		s.group.fail(r.err)
		return
	}
	if r.err != nil {
		var zero R
		r.value = zero
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.errorsOnly && r.err == nil:
		s.shut()
		if s.open > 0 {
			return
		}
	case s.ordered:
		s.out.put(number, r)
	default:
		s.out.push(r)
	}
	s.loop.rouse()
}

// shut counts an element out. The caller holds mu.
func (s *stream[T, R]) shut() {
	s.open--
	s.feeder.rouse()
}
