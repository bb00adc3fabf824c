package pools

import (
	"fmt"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"weak"
)

// A Law is what is asked of a pool. Check runs it once, as the dice fall, and returns
// what was wrong; where tasks or waits are lost for good, it may never return.
type Law struct {
	Name  string
	Says  string
	Check func(k *Kind, rng *rand.Rand) error
}

// Laws are all laws.
var Laws = []Law{
	{"once", "each accepted task runs once, and has run when Stop returns", once},
	{"stop", "the same while Stop and Submit are concurrent, and no task starts after Stop", stop},
	{"panic", "tasks that panic cost no worker, and no other task", panics},
	{"goexit", "tasks that call runtime.Goexit cost no worker, and no other task", goexits},
	{"bound", "at most as many tasks run at once as there are workers, and at times as many", bound},
	{"resize", "the same while the size changes", resize},
	{"nested", "a task may submit others", nested},
	{"forgets", "what a task held can be collected after it has run", forgets},
}

// A tally counts the runs of each task of a round.
type tally struct {
	runs    []atomic.Int32
	ended   atomic.Bool // Stop has returned
	late    atomic.Int32
	running atomic.Int32
	most    atomic.Int32
}

func newTally(tasks int) *tally { return &tally{runs: make([]atomic.Int32, tasks)} }

// task returns task i, which does body.
func (t *tally) task(i int, body func()) func() {
	return func() {
		if t.ended.Load() {
			t.late.Add(1)
		}
		t.runs[i].Add(1)
		n := t.running.Add(1)
		defer t.running.Add(-1)
		for most := t.most.Load(); n > most && !t.most.CompareAndSwap(most, n); {
			most = t.most.Load()
		}
		body()
	}
}

// check says which of the tasks did not run as often as it was accepted.
func (t *tally) check(accepted []bool) error {
	lost, doubled := 0, 0
	for i, ok := range accepted {
		switch n := t.runs[i].Load(); {
		case ok && n == 0:
			lost++
		case n > 1 || n == 1 && !ok:
			doubled++
		}
	}
	if lost+doubled > 0 || t.late.Load() > 0 {
		return fmt.Errorf("of %d tasks: %d accepted and not run when Stop returned, %d run twice or though refused, %d begun after Stop returned",
			len(accepted), lost, doubled, t.late.Load())
	}
	return nil
}

// works yields some turns.
func works(rng *rand.Rand) func() {
	turns := rng.IntN(4)
	return func() {
		for range turns {
			runtime.Gosched()
		}
	}
}

// submit submits all tasks from several goroutines, and notes which were accepted.
func submit(p Pool, tasks []func(), from int) (accepted []bool, wait func()) {
	accepted = make([]bool, len(tasks))
	var all sync.WaitGroup
	for s := range from {
		all.Go(func() {
			for i := s; i < len(tasks); i += from {
				accepted[i] = p.Submit(tasks[i]) == nil
			}
		})
	}
	return accepted, all.Wait
}

// bodies makes n tasks of which some do something bad, and others work.
func bodies(t *tally, n int, rng *rand.Rand, bad func()) []func() {
	tasks := make([]func(), n)
	for i := range tasks {
		body := works(rng)
		if bad != nil && rng.IntN(3) == 0 {
			body = bad
		}
		tasks[i] = t.task(i, body)
	}
	return tasks
}

// round submits tasks, waits for the submitters, stops the pool, and checks.
func round(k *Kind, rng *rand.Rand, bad func()) error {
	workers, n := 1+rng.IntN(4), 1+rng.IntN(200)
	p, t := k.New(workers), newTally(n)
	accepted, wait := submit(p, bodies(t, n, rng, bad), 1+rng.IntN(4))
	wait()
	if bad != nil {
		meet(p, workers)
	}
	if err := p.Stop(); err != nil {
		return err
	}
	t.ended.Store(true)
	return t.check(accepted)
}

// meet returns once as many tasks as there are workers have run at the same time.
func meet(p Pool, workers int) {
	var all sync.WaitGroup
	all.Add(workers)
	for range workers {
		if p.Submit(func() {
			all.Done()
			all.Wait()
		}) != nil {
			return
		}
	}
	all.Wait()
}

func once(k *Kind, rng *rand.Rand) error    { return round(k, rng, nil) }
func panics(k *Kind, rng *rand.Rand) error  { return round(k, rng, func() { panic("on purpose") }) }
func goexits(k *Kind, rng *rand.Rand) error { return round(k, rng, runtime.Goexit) }

func stop(k *Kind, rng *rand.Rand) error {
	n := 1 + rng.IntN(40)
	p, t := k.New(1+rng.IntN(4)), newTally(n)
	accepted, wait := submit(p, bodies(t, n, rng, nil), 1+rng.IntN(4))
	for range rng.IntN(8) {
		runtime.Gosched()
	}
	err := p.Stop()
	t.ended.Store(true)
	wait()
	if err != nil {
		return err
	}
	for range 1000 { // what is begun too late is begun by now
		runtime.Gosched()
	}
	return t.check(accepted)
}

func bound(k *Kind, rng *rand.Rand) error {
	workers, n := 1+rng.IntN(4), 1+rng.IntN(200)
	p, t := k.New(workers), newTally(n)
	_, wait := submit(p, bodies(t, n, rng, nil), 4)
	wait()
	meet(p, workers)
	if err := p.Stop(); err != nil {
		return err
	}
	if most := int(t.most.Load()); most > workers {
		return fmt.Errorf("%d tasks ran at once with %d workers", most, workers)
	}
	return nil
}

func resize(k *Kind, rng *rand.Rand) error {
	const most = 6
	n := 1 + rng.IntN(400)
	p, t := k.New(1+rng.IntN(most)), newTally(n)
	accepted, wait := submit(p, bodies(t, n, rng, nil), 4)
	for range rng.IntN(20) {
		p.(Resizer).Resize(1 + rng.IntN(most))
		runtime.Gosched()
	}
	wait()
	p.(Resizer).Resize(most)
	meet(p, most)
	if err := p.Stop(); err != nil {
		return err
	}
	if n := t.most.Load(); n > most {
		return fmt.Errorf("%d tasks ran at once with no more than %d workers", n, most)
	}
	return t.check(accepted)
}

func nested(k *Kind, rng *rand.Rand) error {
	n, depth := 1+rng.IntN(20), 1+rng.IntN(4)
	p := k.New(1 + rng.IntN(2))
	var all sync.WaitGroup
	var descend func(left int)
	descend = func(left int) {
		defer all.Done()
		if left > 0 {
			all.Add(1)
			if p.Submit(func() { descend(left - 1) }) != nil {
				all.Done()
			}
		}
	}
	for range n {
		all.Add(1)
		if p.Submit(func() { descend(depth) }) != nil {
			all.Done()
		}
	}
	all.Wait()
	return p.Stop()
}

// forgets looks while the pool is idle.
func forgets(k *Kind, rng *rand.Rand) error {
	p := k.New(1 + rng.IntN(2))
	held := holders(p, 1+rng.IntN(10))
	kept := 0
	for range 10 {
		runtime.Gosched()
		runtime.GC()
		kept = 0
		for _, h := range held {
			if h.Value() != nil {
				kept++
			}
		}
		if kept == 0 {
			return p.Stop()
		}
	}
	return fmt.Errorf("%d of %d values are kept by an idle pool", kept, len(held))
}

// holders runs tasks that hold a value each.
//
//go:noinline
func holders(p Pool, n int) (held []weak.Pointer[[1024]byte]) {
	var all sync.WaitGroup
	for range n {
		value := new([1024]byte)
		held = append(held, weak.Make(value))
		all.Add(1)
		if p.Submit(func() {
			value[0]++
			all.Done()
		}) != nil {
			all.Done()
		}
	}
	all.Wait()
	return held
}
