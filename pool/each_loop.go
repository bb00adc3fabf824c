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

// A loop is the job of a For. Elements are claimed at cursor. Claimed elements that a
// task could not process are returned to rest.
type loop struct {
	loopTeam
	n     int64
	fn    func(ctx context.Context, i int) error
	chunk int64 // WithChunk, or 0
	all   bool

	cursor   atomic.Int64
	returned atomic.Int64 // len(rest)

	mu   sync.Mutex
	rest []span
	errs []indexedError // with all
}

// A span is the elements in [lo, hi).
type span struct{ lo, hi int64 }

type indexedError struct {
	i   int64
	err error
}

// do processes all elements and returns the error of For.
func (l *loop) do() error {
	returned := false
	defer func() {
		if !returned { // a call on this goroutine called runtime.Goexit
			l.group.fail(ErrGoexit)
			_ = l.close()
		}
	}()
	var err error
	if l.callerWorks {
		l.callerParticipates()
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

func (l *loop) left() bool { return l.cursor.Load() < l.n || l.returned.Load() > 0 }
func (l *loop) done() bool { return !l.left() }

func (l *loop) work(t *loopTask) (over bool) {
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
			grain = nextGrain(grain, now.Sub(then))
		}
		if then = now; t.ended() {
			return false
		}
		if t.over(now) {
			return true
		}
	}
}

// chunkTime is the aimed time of a chunk: long compared with the cost of a claim, about
// 0.2 µs, and short compared with what a caller notices.
const chunkTime = 50 * time.Microsecond

// maxGrain is the largest number of elements in a chunk.
const maxGrain = 1 << 20

// nextGrain returns the size of the next chunk, after one of the given size and time.
func nextGrain(grain int64, took time.Duration) int64 {
	switch {
	case took < chunkTime/2:
		return min(grain*2, maxGrain)
	case took > chunkTime*2:
		return max(grain/2, 1)
	}
	return grain
}

// claim takes about grain elements, and at most a quarter of a fair share of the rest, so
// that every task has work until the end.
func (l *loop) claim(grain int64) (span, bool) {
	if l.returned.Load() > 0 {
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
func (l *loop) call(t *loopTask, s span) {
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

// note records the error of an element.
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
	l.returned.Store(int64(len(l.rest)))
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
	l.returned.Store(int64(last))
	return s, true
}
