package lifecycle

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"

	"github.com/user/millrace/pool"
)

// elements counts the calls of each element of one For, Map, ForEachSeq or Stream, and the
// calls that are running.
type elements struct {
	l       *lifecycle
	calls   []atomic.Int32
	running atomic.Int32
	bad     int // the element whose call fails; out of range if none does
}

// each processes many elements in one of the four ways.
func (l *lifecycle) each(d Dice) {
	l.ledger.teams.Store(true)
	n := d.Roll(300)
	e := &elements{l: l, calls: make([]atomic.Int32, n), bad: n}
	if n > 0 && chance(d, 3) {
		e.bad = d.Roll(n)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if chance(d, 6) {
		go cancel()
	}
	items, width := make([]int, n), pool.WithConcurrency(1+d.Roll(6))
	for i := range items {
		items[i] = i
	}
	ways := [...]func() error{
		func() error { return pool.For(ctx, l.p, n, e.work, pool.WithChunk(1+d.Roll(10)), width) },
		func() error { return pool.ForEach(ctx, l.p, items, e.work) },
		func() error { return e.mapped(ctx, items) },
		func() error { return pool.ForEachSeq(ctx, l.p, e.input, e.work, pool.WithBuffer(1+d.Roll(9))) },
		func() error { return e.stream(ctx, n, width) },
		func() error { return e.stream(ctx, n, pool.WithOrder()) },
		func() error { e.stream(ctx, d.Roll(n+1), width); return errBad },
	}
	e.check(ways[d.Roll(len(ways))]())
}

func (e *elements) work(_ context.Context, i int) error {
	e.running.Add(1)
	defer e.running.Add(-1)
	e.calls[i].Add(1)
	if i%7 == 0 {
		runtime.Gosched()
	}
	if i == e.bad {
		return errBad
	}
	return nil
}

func (e *elements) value(ctx context.Context, i int) (int, error) { return 2 * i, e.work(ctx, i) }

func (e *elements) input(yield func(int) bool) {
	for i := range e.calls {
		if !yield(i) {
			return
		}
	}
}

func (e *elements) mapped(ctx context.Context, items []int) error {
	values, err := pool.Map(ctx, e.l.p, items, e.value)
	for i, v := range values {
		if v != 2*i && (v != 0 || err == nil) {
			e.l.errs.add("Map: %d as result %d", v, i)
		}
	}
	return err
}

// stream ranges over the given number of results.
func (e *elements) stream(ctx context.Context, results int, opt pool.StreamOption) error {
	seen := make([]bool, len(e.calls))
	for v, err := range pool.Stream(ctx, e.l.p, e.input, e.value, opt) {
		if err != nil {
			return err
		}
		if v%2 != 0 || seen[v/2] {
			e.l.errs.add("Stream: %d comes twice", v)
		}
		seen[v/2] = true
		if results--; results < 0 {
			return nil
		}
	}
	return nil
}

// check checks the calls of each element after the function has returned err.
func (e *elements) check(err error) {
	if n := e.running.Load(); n != 0 {
		e.l.errs.add("%d calls are running after the end", n)
	}
	if !errors.Is(err, errBad) && !errors.Is(err, context.Canceled) {
		e.l.accept(err)
	}
	for i := range e.calls {
		if n := e.calls[i].Load(); n > 1 || n == 0 && err == nil {
			e.l.errs.add("element %d had %d calls, and the error is %v", i, n, err)
		}
	}
}
