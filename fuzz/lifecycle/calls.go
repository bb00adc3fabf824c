package lifecycle

import (
	"context"
	"errors"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/user/millrace/pool"
)

// A parcel is a value for a FuncPool. It is too large to be written in one step, and shows
// whether it was torn.
type parcel struct {
	entry *call
	a, b  uint64 // a is the complement of b
}

// A call is the record of one parcel.
type call struct {
	bad      bool // the call fails
	works    int
	accepted bool
	unsaid   bool // it is unknown whether the parcel was accepted
	runs     atomic.Int32
}

// calls is the lifecycle of a FuncPool.
type calls struct {
	shape
	p       *pool.FuncPool[parcel]
	dice    []Dice
	errs    mistakes
	running sync.WaitGroup

	mu  sync.Mutex
	all []*call
}

func newCalls(s shape, d Dice) *calls {
	c := &calls{shape: s, dice: split(d, s.submitters)}
	c.p = pool.NewFunc(s.cfg, c.work, s.opts...)
	return c
}

func (c *calls) work(ctx context.Context, v parcel) error {
	if v.a != ^v.b {
		c.errs.add("a value was torn: %x %x", v.a, v.b)
	}
	v.entry.runs.Add(1)
	for range v.entry.works {
		if ctx.Err() != nil {
			break
		}
		runtime.Gosched()
	}
	if v.entry.bad {
		return errBad
	}
	return nil
}

func (c *calls) live() {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	if c.end != neverStart {
		if err := c.p.Start(ctx); err != nil {
			c.errs.add("Start: %w", err)
			return
		}
	}
	for _, d := range c.dice {
		c.running.Go(func() { c.submit(d) })
	}
	switch c.end {
	case stopAfter, neverStart:
		c.running.Wait()
	case cancelAmid:
		cancel(errCalledOff)
	}
	if !c.graceful {
		c.stop(200 * time.Microsecond)
	}
	c.stop(time.Minute)
	c.running.Wait()
	c.check()
}

func (c *calls) stop(grace time.Duration) {
	ctx, cancel := context.WithTimeout(context.Background(), grace)
	defer cancel()
	c.errs.ofStop(c.p.Stop(ctx), grace == time.Minute)
}

// parcel returns a value with an entry.
func (c *calls) parcel(d Dice) parcel {
	e := &call{bad: chance(d, 6), works: one(d, 0, 0, 0, 1, 5, 100)}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.all = append(c.all, e)
	n := uint64(len(c.all)) * 0x9e3779b97f4a7c15
	return parcel{e, n, ^n}
}

func (c *calls) submit(d Dice) {
	for range 4 * c.turns {
		v := c.parcel(d)
		switch d.Roll(8) {
		default:
			v.entry.accepted = c.accept(c.p.Submit(v))
		case 0:
			v.entry.accepted = c.accept(c.p.TrySubmit(v))
		case 1:
			ctx, cancel := context.WithTimeout(context.Background(), time.Duration(d.Roll(1000))*time.Microsecond)
			v.entry.accepted = c.accept(c.p.SubmitContext(ctx, v))
			time.AfterFunc(time.Millisecond, cancel)
		case 2:
			err := c.p.SubmitWait(context.Background(), v)
			v.entry.accepted = err == nil || errors.Is(err, errBad)
			v.entry.unsaid = !v.entry.accepted
		case 3:
			batch := []parcel{v}
			for range d.Roll(50) {
				batch = append(batch, c.parcel(d))
			}
			n, err := c.p.SubmitBatch(batch)
			if c.accept(err) != (n == len(batch)) {
				c.errs.add("SubmitBatch accepted %d of %d and returned %v", n, len(batch), err)
			}
			for _, v := range batch[:n] {
				v.entry.accepted = true
			}
		case 4:
			c.p.Resize(1 + d.Roll(16))
			v.entry.accepted = c.accept(c.p.Submit(v))
		}
	}
}

func (c *calls) accept(err error) bool {
	if err != nil && !refusal(err) {
		c.errs.add("a submission returned %w", err)
	}
	return err == nil
}

// check compares the calls with each other and with the statistics of a terminated pool.
func (c *calls) check() {
	var accepted, unsaid, neverRan int64
	for i, e := range c.all {
		runs := e.runs.Load()
		switch {
		case e.unsaid:
			unsaid++
		case e.accepted && runs == 0:
			neverRan++
		case !e.accepted && runs > 0:
			c.errs.add("value %d was refused, and ran", i)
		}
		if e.accepted {
			accepted++
		}
		if int(runs) > 1+c.retries {
			c.errs.add("value %d ran %d times with %d retries", i, runs, c.retries)
		}
	}
	s := c.p.Stats()
	unrun := s.DroppedTasks + s.CancelledTasks
	within := func(n, from int64) bool { return from <= n && n <= from+unsaid }
	switch {
	case !within(s.SubmittedTasks, accepted):
		c.errs.add("%d accepted, and of %d it is not known: %+v", accepted, unsaid, s)
	case !allSettled(s):
		c.errs.add("not every call has one outcome: %+v", s)
	case !within(unrun, neverRan) && !slices.Contains(c.words, "timeout"):
		c.errs.add("%d never ran, and of %d it is not known: %+v", neverRan, unsaid, s)
	case s.Goroutines != 0:
		c.errs.add("workers are left: %+v", s)
	}
	c.witness.check(&c.errs, s)
}
