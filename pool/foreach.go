package pool

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// ForEach calls fn for each of items, on the workers of p, and returns once no call
// is running any more. It is For over items; all that is said there holds.
func ForEach[T any](ctx context.Context, p *WorkerPool, items []T, fn func(ctx context.Context, item T) error, opts ...EachOption) error {
	if fn == nil {
		return For(ctx, p, len(items), nil, opts...)
	}
	return For(ctx, p, len(items), func(ctx context.Context, i int) error { return fn(ctx, items[i]) }, opts...)
}

// For calls fn for each i from 0 to n-1, on the workers of p, and returns once no
// call is running any more. Calls begin in the order of i, at most as many at a
// time as p has workers; see WithConcurrency.
//
// The first error ends it: the context of the other calls is cancelled, no further
// one begins, and For returns that error. A panic is a *PanicError and
// runtime.Goexit ErrGoexit. With WithAllErrors every i has its call, and all errors
// are returned joined, in the order of i.
//
// If ctx ends, no further call begins, and if some have not, the error is
// ErrNotStarted with the cause. When the pool stops, For goes on as a running task
// does. If that is cut short, or For was called later, the error is ErrStopped;
// before Start it is ErrNotStarted.
//
// For submits one task to begin with. When the queue is full, the overflow policy
// decides about that one, and so For waits for room, does everything or does
// nothing and returns ErrQueueFull or ErrDropped. That task submits others, no
// more than there are workers, past the bound; Stats counts these tasks and not the
// calls. They take up i in chunks, see WithChunk: a call must not wait for a later
// one, unless chunks are of 1. They go to the end of the queue every 10 ms if others
// wait. Options of the pool about tasks, such as Config.TaskTimeout, do not apply to
// calls.
//
// If ctx derives from a task of p, the calling goroutine takes part, so that no
// depth of nesting waits for a worker. If a call there calls runtime.Goexit, that
// ends the caller too.
func For(ctx context.Context, p *WorkerPool, n int, fn func(ctx context.Context, i int) error, opts ...EachOption) error {
	var cfg eachConfig
	for _, opt := range opts {
		if opt != nil {
			opt.applyEach(&cfg)
		}
	}
	switch {
	case p.err != nil:
		return p.err
	case fn == nil:
		return ErrNilTask
	case cfg.err != nil:
		return cfg.err
	case n <= 0:
		return nil
	}
	l := &loop{n: int64(n), fn: fn, chunk: int64(cfg.chunk), all: cfg.all}
	if err := l.open(ctx, p, cfg.concurrency, l); err != nil {
		return err
	}
	return l.do()
}

// A loop is the job of a For. Its elements are claimed at cursor; what was claimed
// and given back stands in rest.
type loop struct {
	crew
	n     int64
	fn    func(ctx context.Context, i int) error
	chunk int64 // WithChunk, or 0
	all   bool

	cursor atomic.Int64
	givens atomic.Int64 // len(rest)

	mu   sync.Mutex
	rest []span
	errs []indexedError // with all
}

// A span is the elements from lo to hi-1.
type span struct{ lo, hi int64 }

type indexedError struct {
	i   int64
	err error
}

// do has everything done and returns the error of For.
func (l *loop) do() error {
	returned := false
	defer func() {
		if !returned { // a call on this goroutine called runtime.Goexit
			l.group.fail(ErrGoexit)
			_ = l.close()
		}
	}()
	var err error
	if l.takesPart {
		l.takePart()
	} else {
		err = l.begin()
	}
	returned = true
	if ended := l.close(); err == nil {
		err = ended
	}
	if !l.all {
		return err
	}
	slices.SortFunc(l.errs, func(a, b indexedError) int { return cmp.Compare(a.i, b.i) })
	errs := make([]error, 0, len(l.errs)+1)
	for _, e := range l.errs {
		errs = append(errs, e.err)
	}
	return errors.Join(append(errs, err)...)
}

func (l *loop) left() bool { return l.cursor.Load() < l.n || l.givens.Load() > 0 }
func (l *loop) done() bool { return !l.left() }

func (l *loop) work(t *turn) (over bool) {
	grain := max(l.chunk, 1)
	for then := time.Now(); ; {
		s, ok := l.claim(grain)
		if !ok {
			return false
		}
		t.recruit()
		l.call(t, s)
		now := time.Now()
		if l.chunk == 0 {
			grain = adapt(grain, now.Sub(then))
		}
		if then = now; t.ended() {
			return false
		}
		if t.over(now) {
			return true
		}
	}
}

// chunkTime is how long a chunk should take: long beside what it costs to claim
// one, about 0.2 µs, and short beside what a caller notices.
const chunkTime = 50 * time.Microsecond

// maxGrain is more than enough elements for a chunk.
const maxGrain = 1 << 20

// adapt returns the next chunk's size after one of the given size took so long.
func adapt(grain int64, took time.Duration) int64 {
	switch {
	case took < chunkTime/2:
		return min(grain*2, maxGrain)
	case took > chunkTime*2:
		return max(grain/2, 1)
	}
	return grain
}

// claim takes about grain elements. It takes no more than a quarter of what would
// be a fair share of the rest, so that at the end all have something to do.
func (l *loop) claim(grain int64) (span, bool) {
	if l.givens.Load() > 0 {
		if s, ok := l.takeBack(); ok {
			return s, true
		}
	}
	for {
		lo := l.cursor.Load()
		left := l.n - lo
		if left == 0 {
			return span{}, false
		}
		if l.chunk == 0 {
			grain = min(grain, max(left/(4*l.most()), 1))
		}
		hi := lo + min(grain, left)
		if l.cursor.CompareAndSwap(lo, hi) {
			return span{lo, hi}, true
		}
	}
}

// call calls fn for the elements of s.
func (l *loop) call(t *turn, s span) {
	i, inside := s.lo, false
	defer func() {
		if inside {
			report, err := l.crashed(recover())
			l.note(i, err)
			i++
			defer report()
		}
		if i < s.hi {
			l.giveBack(span{i, s.hi})
		}
	}()
	for ; i < s.hi && l.group.ctx.Err() == nil; i++ {
		inside = true
		err := l.fn(t.ctx, int(i))
		inside = false
		if err != nil {
			l.note(i, err)
		}
	}
}

// note takes note of the error of an element.
func (l *loop) note(i int64, err error) {
	if !l.all {
		l.group.fail(err)
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.errs = append(l.errs, indexedError{i, err})
}

func (l *loop) giveBack(s span) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.rest = append(l.rest, s)
	l.givens.Store(int64(len(l.rest)))
}

func (l *loop) takeBack() (span, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	last := len(l.rest) - 1
	if last < 0 {
		return span{}, false
	}
	s := l.rest[last]
	l.rest = l.rest[:last]
	l.givens.Store(int64(last))
	return s, true
}
