package lifecycle

import (
	"context"
	"errors"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/user/millrace/pool"
)

// submit is the body of one submitter.
func (l *lifecycle) submit(d Dice) {
	for range l.turns {
		switch d.Roll(16) {
		default:
			l.bareRun(d)
		case 0, 1:
			l.withCallback(d)
		case 2:
			l.batch(d)
		case 3:
			l.future(d)
		case 4:
			l.waited(d)
		case 5:
			l.withContext(d)
		case 6:
			l.group(d)
		case 7:
			l.nest(d)
		case 8:
			l.try(d)
		case 9:
			l.wait(d)
		case 10:
			l.each(d)
		}
	}
}

// accept reports whether a submission was accepted. Any error must be one that submissions
// may return.
func (l *lifecycle) accept(err error) bool {
	if err != nil && !refusal(err) {
		l.errs.add("a submission returned %w", err)
	}
	return err == nil
}

// refusal reports whether a submission may return err.
func refusal(err error) bool {
	return errors.Is(err, pool.ErrStopped) || errors.Is(err, pool.ErrQueueFull) ||
		errors.Is(err, pool.ErrDropped) || errors.Is(err, pool.ErrNotStarted)
}

// bareRun submits several functions that do nothing.
func (l *lifecycle) bareRun(d Dice) {
	f := l.ledger.bare
	for range 1 << d.Roll(8) {
		if !l.accept(l.p.SubmitFunc(f)) {
			return
		}
		l.ledger.bareAccepted.Add(1)
	}
}

func (l *lifecycle) batch(d Dice) {
	batch := make([]pool.Task, d.Roll(300))
	for i := range batch {
		batch[i] = pool.TaskFunc(func(ctx context.Context) (any, error) { return nil, l.ledger.bare(ctx) })
	}
	n, err := l.p.SubmitBatch(batch)
	l.ledger.bareAccepted.Add(int64(n))
	if l.accept(err) != (n == len(batch)) {
		l.errs.add("SubmitBatch accepted %d of %d and returned %v", n, len(batch), err)
	}
}

var errBad = errors.New("lifecycle: a bad end")

// body returns a function with one of the possible outcomes.
func (l *lifecycle) body(d Dice, e *entry) func(context.Context) (any, error) {
	end, works := d.Roll(24), d.Roll(200)
	return func(ctx context.Context) (any, error) {
		e.runs.Add(1)
		for range works {
			if end == 5 && ctx.Err() != nil {
				break
			}
			runtime.Gosched()
		}
		switch end {
		case 0, 1, 2:
			return nil, errBad
		case 3:
			panic(errBad)
		case 4:
			if l.policy != pool.CallerRuns { // it would end the submitter
				runtime.Goexit()
			}
		case 5:
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(works) * time.Microsecond):
			}
		}
		return e, nil
	}
}

// task returns a task with an entry.
func (l *lifecycle) task(d Dice, name string, opts ...pool.TaskOption) (pool.Task, *entry) {
	e := l.ledger.open(name)
	opts = append(opts, l.ledger.outcome(e), pool.WithTaskPriority(d.Roll(5)-2))
	return pool.NewTask(l.body(d, e), opts...), e
}

func (l *lifecycle) withCallback(d Dice) {
	t, e := l.task(d, "Submit")
	e.accepted = l.accept(l.p.Submit(t))
}

func (l *lifecycle) try(d Dice) {
	t, e := l.task(d, "TrySubmit")
	e.accepted = l.accept(l.p.TrySubmit(t))
}

func (l *lifecycle) withContext(d Dice) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(d.Roll(1000))*time.Microsecond)
	t, e := l.task(d, "SubmitContext")
	e.accepted = l.accept(l.p.SubmitContext(ctx, t))
	if chance(d, 2) {
		cancel()
		return
	}
	time.AfterFunc(time.Millisecond, cancel)
}

func (l *lifecycle) future(d Dice) {
	e := l.ledger.open("Go")
	body := l.body(d, e)
	f, err := pool.Go(l.p, func(ctx context.Context) (*entry, error) {
		_, err := body(ctx)
		return e, err
	}, l.ledger.outcome(e))
	if e.accepted = l.accept(err); !e.accepted || l.end == neverStart {
		return
	}
	if chance(d, 3) {
		f.Cancel()
	}
	if value, err := f.Wait(context.Background()); err == nil && value != e {
		l.errs.add("a future gave %v, want its own entry", value)
	}
	if n := e.outcomes.Load(); n != 1 {
		l.errs.add("a future that was waited for has %d outcomes", n)
	}
}

func (l *lifecycle) waited(d Dice) {
	ctx, cancel := context.Background(), context.CancelFunc(func() {})
	if chance(d, 3) {
		ctx, cancel = context.WithTimeout(ctx, time.Duration(d.Roll(500))*time.Microsecond)
	}
	defer cancel()
	t, e := l.task(d, "SubmitWait")
	value, err := l.p.SubmitWait(ctx, t)
	if err == nil && value != any(e) {
		l.errs.add("SubmitWait returned %v, want its own entry", value)
	}
	e.unsaid = true
}

// members adds some members to a group, some of which fail, and waits for them.
func (l *lifecycle) members(g *pool.Group, n int, fails func() bool, body func(context.Context)) {
	var over atomic.Bool
	for range n {
		bad := fails()
		var ran atomic.Bool
		err := g.TryGo(func(ctx context.Context) error {
			if !ran.Swap(true) {
				l.ledger.memberRuns.Add(1)
			}
			if over.Load() {
				l.errs.add("a member ran after Wait")
			}
			body(ctx)
			if bad {
				return errBad
			}
			return nil
		})
		if l.accept(err) {
			l.ledger.members.Add(1)
		}
	}
	if l.end != neverStart {
		_ = g.Wait()
		over.Store(true)
	}
}

func (l *lifecycle) group(d Dice) {
	l.members(pool.NewGroup(l.p), d.Roll(8), func() bool { return chance(d, 6) }, func(context.Context) {})
}

// nest submits a task that submits others and waits for them.
func (l *lifecycle) nest(d Dice) {
	depth, width := 1+d.Roll(3), 1+d.Roll(3)
	e := l.ledger.open("nested")
	e.accepted = l.accept(l.p.Submit(pool.NewTask(func(ctx context.Context) (any, error) {
		e.runs.Add(1)
		l.children(ctx, depth, width)
		return nil, nil
	}, l.ledger.outcome(e))))
}

func (l *lifecycle) children(ctx context.Context, depth, width int) {
	if depth > 0 {
		g := pool.NewGroup(l.p, pool.WithGroupContext(ctx))
		l.members(g, width, func() bool { return false }, func(ctx context.Context) { l.children(ctx, depth-1, width) })
	}
}

// wait waits for the pool with a short deadline.
func (l *lifecycle) wait(d Dice) {
	ctx, cancel := context.WithTimeout(context.Background(), time.Duration(d.Roll(2000))*time.Microsecond)
	defer cancel()
	_ = l.p.WaitContext(ctx)
}
