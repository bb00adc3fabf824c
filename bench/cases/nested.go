package cases

import (
	"sync"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

const (
	treeLevels = 14
	treeTasks  = 1<<treeLevels - 1
)

var nested = Case{
	Name:  "nested",
	Title: "Per-task overhead in a tree of tasks",
	Method: "Trees of 16383 tasks, one after the other. Each task submits two more, down to level 14, and does nothing else. " +
		"millrace submits with the context of the task and waits with Wait. Goroutines wait with a sync.WaitGroup. Both make " +
		"one function for the two children. With the others a task submits in the usual way and a sync.WaitGroup counts; their " +
		"queue has room for all tasks." + verifiedText + " Left out are pools whose tasks cannot queue while all workers submit, because their tasks would wait for each other " +
		"forever (ants, conc, errgroup, go-pkgz, channel-batch).",
	Unit:  "ns/op",
	Sizes: grid(axis{procs, []int{1, 2, 4, 8}}, axis{"workers", []int{2, 8, 1000}}),
	Short: these("procs=2/workers=8"),
	Impls: pools(queues, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		trees := (n + treeTasks - 1) / treeTasks
		return verified(trees*treeTasks, func(task func()) measure.Cost {
			pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: treeTasks})
			runTree := func() { runTree(pool, treeLevels, task) }
			if g, ok := pool.(impls.TreeRunner); ok {
				runTree = func() { g.RunTree(treeLevels, task) }
			}
			return crowd(1, func(int) {
				for range trees {
					runTree()
				}
			}, pool.Close)
		})
	}),
}

// runTree runs a tree as a TreeRunner does, on a pool that is none.
func runTree(pool impls.Pool, levels int, task func()) {
	var running sync.WaitGroup
	var node func(levels int)
	node = func(levels int) {
		defer running.Done()
		if task != nil {
			task()
		}
		if levels > 1 {
			running.Add(2)
			pool.Submit(node, levels-1)
			pool.Submit(node, levels-1)
		}
	}
	running.Add(1)
	pool.Submit(node, levels)
	running.Wait()
}
