package pool

import (
	"context"
	"iter"
	"sync"
	"time"
)

// A stream is the job of a Stream. Three kinds of goroutines use it: the feeder ranges over
// the input, the team makes the calls, and the loop takes the results.
//
// An element is open from the moment the feeder has it until the loop has its result.
// The buffer has a slot for the result of each open element, so the team never waits.
type stream[T, R any] struct {
	loopTeam
	fn         func(ctx context.Context, v T) (R, error)
	all        bool          // WithAllErrors
	ordered    bool          // WithOrder
	errorsOnly bool          // the values are not needed
	begun      bool          // the first task is submitted; only the feeder uses it
	finished   bool          // nothing is running; only the loop uses it
	callerTask loopTask      // the loop's own, inside a task
	fedUp      chan struct{} // closed when the feeder has returned

	mu           sync.Mutex
	in           queue[T]
	out          queue[result[R]]
	open         int
	fed          bool // the input has ended
	feeder, loop sleeper
}

// A result is the result of an element.
type result[R any] struct {
	value R
	err   error
}

func newStream[T, R any](ctx context.Context, p *WorkerPool, in iter.Seq[T], fn func(ctx context.Context, v T) (R, error), opts []StreamOption) (*stream[T, R], error) {
	var cfg eachConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyStream(&cfg)
		}
	}
	switch {
	case p.err != nil:
		return nil, p.err
	case fn == nil || in == nil:
		return nil, ErrNilTask
	case cfg.err != nil:
		return nil, cfg.err
	}
	s := &stream[T, R]{fn: fn, all: cfg.all, ordered: cfg.ordered}
	if err := s.loopTeam.open(ctx, p, cfg.concurrency, s); err != nil {
		return nil, err
	}
	buffer := cfg.buffer
	if buffer == 0 {
		buffer = max(int(4*s.most()), 16)
	}
	s.callerTask = loopTask{team: &s.loopTeam, ctx: s.group.ctx}
	s.in.init(buffer)
	s.out.init(buffer)
	s.feeder.init()
	s.loop.init()
	return s, nil
}

// run yields the results and returns once nothing is running.
func (s *stream[T, R]) run(in iter.Seq[T], yield func(R, error) bool) {
	s.fedUp = make(chan struct{})
	defer func() { // deferred: the loop's body may panic
		s.group.fail(context.Canceled)
		s.finish()
	}()
	go func() {
		defer close(s.fedUp)
		s.feed(in)
	}()
	for {
		r, more := s.next()
		if !more && r.err == nil || !yield(r.value, r.err) || !more {
			return
		}
	}
}

// next returns the next result. It returns false if there are no more, with the error that
// ended the stream early, if any.
func (s *stream[T, R]) next() (r result[R], more bool) {
	for {
		s.mu.Lock()
		r, _, ok := s.out.pop()
		if ok {
			s.countOut()
		}
		over := s.fed && s.open == 0
		s.loop.sleeps = true
		s.mu.Unlock()
		if ok || over {
			return r, ok
		}
		if err := s.group.ended(); err != nil {
			if s.finished {
				return result[R]{err: err}, false
			}
			s.finish() // and check again
			continue
		}
		if s.callerWorks && s.left() {
			s.workOne(&s.callerTask)
			continue
		}
		select {
		case <-s.loop.wake:
		case <-s.group.ctx.Done():
		}
	}
}

// finish waits until nothing is running.
func (s *stream[T, R]) finish() {
	_ = s.close()
	<-s.fedUp
	s.finished = true
}

// feed puts the elements of the input into the stream.
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
		s.loop.wakeUp()
		s.mu.Unlock()
	}
}

// put adds an element as soon as there is room. It reports false, without adding it, if
// the stream has ended.
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
	if s.callerWorks {
		s.loop.wakeUp()
	}
	s.mu.Unlock()
	if s.begun || s.callerWorks {
		s.grow()
		return true
	}
	s.begun = true
	if err := s.begin(); err != nil {
		s.group.fail(err)
	}
	return true
}

func (s *stream[T, R]) left() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.in.ready()
}

// done is not needed: when the loop ends, it cancels the tasks that have not started.
func (s *stream[T, R]) done() bool { return false }

func (s *stream[T, R]) work(t *loopTask) (over bool) {
	for !t.ended() && s.workOne(t) {
		if t.over(time.Now()) {
			return true
		}
	}
	return false
}

// workOne calls fn for an element, or reports false if there is none.
func (s *stream[T, R]) workOne(t *loopTask) bool {
	s.mu.Lock()
	v, index, ok := s.in.pop()
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
		s.publish(index, r)
	}()
	r.value, r.err = s.fn(t.ctx, v)
	returned = true
	return true
}

// publish hands the result of an element to the loop.
func (s *stream[T, R]) publish(index uint64, r result[R]) {
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
		s.countOut()
		if s.open > 0 {
			return
		}
	case s.ordered:
		s.out.put(index, r)
	default:
		s.out.push(r)
	}
	s.loop.wakeUp()
}

// countOut counts an element as no longer open. The caller holds mu.
func (s *stream[T, R]) countOut() {
	s.open--
	s.feeder.wakeUp()
}
