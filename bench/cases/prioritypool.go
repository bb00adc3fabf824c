package cases

import (
	"container/heap"
	"context"
	"math/rand/v2"
	"sync"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/pool"
)

var priorityPool = Case{
	Name:  "priority-pool",
	Title: "Per-task overhead with priorities",
	Method: "As noop, but each task has a random priority out of 1000. millrace submits one of 1000 tasks made before, because " +
		"container-heap also submits one function and a number. millrace-made makes a task for each submission.",
	Unit:  "ns/op",
	Sizes: plenty,
	Short: these("procs=2/workers=8/submitters=8"),
	Impls: func() []Impl {
		setup := "pool.New(pool.Config{Workers: n, QueueSize: q, Priority: true}), Submit(NewTask(f, WithTaskPriority(p)))"
		return []Impl{
			poolImpl(impls.Millrace, millraceModule, setup+", reused tasks", newReusing),
			poolImpl("container-heap", "", "container/heap under a sync.Mutex, with a sync.Cond for content and one for room; n goroutines",
				newHeapPool),
			poolImpl("millrace-made", millraceModule, setup, newMaking),
			poolImpl(impls.Harness.Name, "", "no pool: the submitter draws a priority and runs the task itself",
				func(_ impls.Config, f func()) prioritizing { return harness{f} }),
		}
	},
}

// priorities is the count of different priorities.
const priorities = 1000

// A prioritizing pool calls one function for each submission, larger priorities first.
type prioritizing interface {
	submit(priority int)
	close()
}

func poolImpl(name, module, setup string, build func(impls.Config, func()) prioritizing) Impl {
	return Impl{Name: name, Module: module, Setup: setup, Measure: func(n int, p Params) (measure.Sample, error) {
		var ran measure.Counter
		pool := build(impls.Config{Workers: p.Get("workers"), Queue: queue}, ran.Inc)
		submitters := p.Get("submitters")
		cost := crowd(submitters, func(s int) {
			random := rand.New(rand.NewPCG(1, uint64(s)))
			for i, to := share(n, submitters, s); i < to; i++ {
				pool.submit(random.IntN(priorities))
			}
		}, pool.close)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}}
}

// making makes a task for each submission.
type making struct {
	pool *pool.WorkerPool
	task func(context.Context) (any, error)
}

func newMaking(c impls.Config, f func()) prioritizing {
	p := pool.New(pool.Config{Workers: c.Workers, QueueSize: c.Queue, Priority: true})
	if err := p.Start(context.Background()); err != nil {
		panic(err)
	}
	return making{p, func(context.Context) (any, error) { f(); return nil, nil }}
}

func (m making) submit(priority int) {
	m.pool.Submit(pool.NewTask(m.task, pool.WithTaskPriority(priority)))
}

func (m making) close() { m.pool.Stop(context.Background()) }

// reusing has a task for each priority.
type reusing struct {
	making
	tasks []pool.Task
}

func newReusing(c impls.Config, f func()) prioritizing {
	r := reusing{making: newMaking(c, f).(making)}
	for priority := range priorities {
		r.tasks = append(r.tasks, pool.NewTask(r.task, pool.WithTaskPriority(priority)))
	}
	return r
}

func (r reusing) submit(priority int) { r.pool.Submit(r.tasks[priority]) }

// A heapPool is the usual pool with priorities without a library.
type heapPool struct {
	mu            sync.Mutex
	content, room sync.Cond
	jobs          jobs
	pushed, bound int
	closed        bool
	workers       sync.WaitGroup
	run           func()
}

func newHeapPool(c impls.Config, f func()) prioritizing {
	p := &heapPool{run: f, bound: c.Queue}
	p.content.L, p.room.L = &p.mu, &p.mu
	for range c.Workers {
		p.workers.Go(p.work)
	}
	return p
}

func (p *heapPool) submit(priority int) {
	p.mu.Lock()
	for len(p.jobs) == p.bound {
		p.room.Wait()
	}
	p.pushed++
	heap.Push(&p.jobs, &job{p.run, priority, p.pushed})
	p.mu.Unlock()
	p.content.Signal()
}

func (p *heapPool) work() {
	for {
		p.mu.Lock()
		for len(p.jobs) == 0 && !p.closed {
			p.content.Wait()
		}
		if len(p.jobs) == 0 {
			p.mu.Unlock()
			return
		}
		j := heap.Pop(&p.jobs).(*job)
		p.mu.Unlock()
		p.room.Signal()
		j.run()
	}
}

func (p *heapPool) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.content.Broadcast()
	p.workers.Wait()
}

type job struct {
	run              func()
	priority, number int
}

// jobs are a heap with the best job first, and the oldest first among equals.
type jobs []*job

func (s jobs) Len() int { return len(s) }

func (s jobs) Less(i, j int) bool {
	if s[i].priority != s[j].priority {
		return s[i].priority > s[j].priority
	}
	return s[i].number < s[j].number
}

func (s jobs) Swap(i, j int) { s[i], s[j] = s[j], s[i] }

func (s *jobs) Push(j any) { *s = append(*s, j.(*job)) }

func (s *jobs) Pop() any {
	last := len(*s) - 1
	j := (*s)[last]
	(*s)[last] = nil
	*s = (*s)[:last]
	return j
}

type harness struct{ run func() }

func (h harness) submit(int) { h.run() }

func (harness) close() {}
