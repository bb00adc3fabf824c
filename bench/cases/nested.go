package cases

import (
	"sync/atomic"

	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/rivals"
)

const (
	trees     = 4    // that grow at a time
	treeTasks = 1023 // of a tree: ten levels
)

var nested = Case{
	Name:     "nested",
	Question: "What does a task cost that another task submits?",
	Method: "Trees of 1023 tasks, each of which submits two more down to the tenth level; four trees at a time, each grown by a " +
		"submitter that waits for it before it begins the next. No task waits for another. The queue has room for all of " +
		"them. Left out are pools where tasks cannot wait in a queue while all workers submit: their tasks would wait for each " +
		"other for ever (ants, conc, errgroup, go-pkgz, channel-batch).",
	Unit:  "ns/op",
	Sizes: grid(axis{procs, []int{1, 2, 4, 8}}, axis{"workers", []int{2, 8, 1000}}),
	Short: these("procs=2/workers=8"),
	Contestants: pools(queues, func(n int, r rivals.Rival, p Params) (measure.Sample, error) {
		var ran measure.Counter
		pool := r.New(rivals.Config{Workers: p.Get("workers"), Queue: trees * treeTasks})
		grown := (n + treeTasks - 1) / treeTasks
		cost := crowd(trees, func(g int) {
			t := newTree(pool, &ran)
			from, to := share(grown, trees, g)
			for range to - from {
				pool.Submit(t.task, 0)
				<-t.done
			}
		}, pool.Close)
		n = grown * treeTasks
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}

// A tree is numbered as a binary heap is: task i submits 2i+1 and 2i+2.
type tree struct {
	pool  rivals.Pool
	ran   *measure.Counter
	task  func(i int)
	ended [treeTasks / 2]atomic.Int32 // of the two subtrees below each inner task
	done  chan struct{}
}

func newTree(pool rivals.Pool, ran *measure.Counter) *tree {
	t := &tree{pool: pool, ran: ran, done: make(chan struct{}, 1)}
	t.task = t.run
	return t
}

func (t *tree) run(i int) {
	t.ran.Inc()
	if i < len(t.ended) {
		t.pool.Submit(t.task, 2*i+1)
		t.pool.Submit(t.task, 2*i+2)
		return
	}
	t.end(i)
}

// end tells those above that the subtree of task i has ended, up to one whose other
// subtree has not.
func (t *tree) end(i int) {
	for i > 0 {
		i = (i - 1) / 2
		if t.ended[i].Add(1) < 2 {
			return
		}
		t.ended[i].Store(0)
	}
	t.done <- struct{}{}
}
