package pool

import (
	"context"
	"iter"
	"sync"
)

// A stream is the job of a Stream. Three kinds of goroutines meet in it: the
// feeder, which ranges over the input, the crew, and the loop, which takes results.
//
// An element is open from the moment the feeder has it until the loop has its
// result. There is room for as many results as elements may be open, so the crew
// waits for nobody.
type stream[T, R any] struct {
	crew
	fn         func(ctx context.Context, v T) (R, error)
	all        bool          // WithAllErrors
	ordered    bool          // WithOrder
	errorsOnly bool          // nobody wants the values
	begun      bool          // the first task is submitted; the feeder's
	finished   bool          // nothing is running; the loop's
	loopTurn   turn          // where it takes part
	fedUp      chan struct{} // closed when the feeder has left

	mu           sync.Mutex
	in           queue[T]
	out          queue[result[R]]
	open         int
	fed          bool // the input has ended
	feeder, loop sleeper
}

// A result is what became of an element.
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
	if err := s.crew.open(ctx, p, cfg.concurrency, s); err != nil {
		return nil, err
	}
	buffer := cfg.buffer
	if buffer == 0 {
		buffer = max(int(4*s.most()), 16)
	}
	s.loopTurn = turn{crew: &s.crew, ctx: s.group.ctx}
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

// next returns the next result, or false if there are no more, and the error that
// ended the stream early if one did.
func (s *stream[T, R]) next() (r result[R], more bool) {
	for {
		s.mu.Lock()
		r, _, ok := s.out.pop()
		if ok {
			s.shut()
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
			s.finish() // and look again
			continue
		}
		if s.takesPart && s.left() {
			s.workOne(&s.loopTurn)
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
