package report

// Sizes of several targets.
const (
	usual     = "procs=2/workers=8/submitters=1,8,64"
	starts    = "procs=2/workers=8/blocks=0,1/gap-us=20,200" // of the case latency
	rareStart = "procs=2/workers=8/blocks=0,1/gap-us=2000"
	million   = "procs=2/workers=8/tasks=1000000"
)

var (
	channelOnly = []string{Channel}
	libraries   = []string{"ants", "conc", "errgroup", "go-pkgz", "gopool", "pond", "pond-submit", "workerpool"}
	everyone    = append([]string{Channel, "channel-batch", "channel-spin", "goroutine"}, libraries...)
	starters    = []string{Channel, "channel-spin", "goroutine", "pond", "ants"}
)

// rare is the number of tasks that a run of the case latency needs for a p99.9.
const rare = 10_500

// Targets returns the targets of millrace.
func Targets() []Target {
	return []Target{
		{What: "No-op tasks", Case: "noop", Sizes: "procs=2/workers=2,8,1000/submitters=1,8,64", Over: channelOnly, Mean: 2.5, Each: 1.5},
		{What: "No-op tasks, other pools", Case: "noop", Sizes: "procs=2/workers=2,8,1000/submitters=1,8,64", Over: libraries, Mean: 5},
		{What: "No-op tasks on one processor", Case: "noop", Sizes: "procs=1/workers=2,8,1000/submitters=1,8,64", Over: channelOnly, Mean: 2, Each: 1.5},
		{What: "No-op tasks, GOMAXPROCS 4 and 8", Case: "noop", Sizes: "procs=4,8/workers=2,8,1000/submitters=1,8,64", Over: channelOnly, Mean: 1.5, Each: 1},

		{What: "Tasks of 1, 10 and 100 µs, lead of the best other", Case: "work", Sizes: usual + "/task-us=1,10,100", Over: everyone, Each: 1 / 1.03},
		{What: "Tasks of 10 µs, lost share of the machine", Case: "work", Sizes: usual + "/task-us=10", Unit: "lost", Most: 0.05},

		{What: "Closures", Case: "closure", Sizes: usual, Over: channelOnly, Mean: 1.8},
		{What: "Typed values", Case: "typed", Sizes: usual, Over: channelOnly, Mean: 2.5},
		{What: "Batches of 256 no-op tasks", Case: "batch-noop", Sizes: "procs=2/workers=8/submitters=1,8/batch=256", Over: channelOnly, Mean: 6},
		{What: "Batches of 256 no-op tasks, channel of batches", Case: "batch-noop", Sizes: "procs=2/workers=8/submitters=1,8/batch=256", Over: []string{"channel-batch"}, Mean: 1},

		{What: "No-op tasks from inside a task", Case: "inside", Sizes: "procs=2/workers=8", Over: []string{"millrace-outside"}, Each: 2},
		{What: "Tree of tasks", Case: "nested", Sizes: "procs=2/workers=8", Over: []string{"goroutine"}, Each: 5},
		{What: "SubmitWait", Case: "call", Sizes: usual, Over: []string{"pond-submit"}, Mean: 3},
		{What: "SubmitWait, allocations", Case: "call", Sizes: usual, Unit: "allocs/op", Most: oneMore},
		{What: "Go and Wait", Case: "call", Sizes: usual, Ours: "millrace-go", Over: []string{"pond-submit"}, Mean: 3},
		{What: "Go and Wait, allocations", Case: "call", Sizes: usual, Ours: "millrace-go", Unit: "allocs/op", Most: oneMore},
		{What: "Go, with Wait after 63 others", Case: "promise", Sizes: usual, Over: []string{"pond-submit"}, Mean: 3},

		{What: "Start latency at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "p50-ns", Most: 1000},
		{What: "Start latency at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "p99-ns", Over: starters, Each: 2},
		{What: "Start latency at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "p99.9-ns", Over: channelOnly, Each: 1, Ops: rare},
		{What: "Lateness of a blocked submitter", Case: "latency", Sizes: "procs=2/workers=8/blocks=1/gap-us=20,200", Unit: "late-p99-ns", Over: channelOnly, Each: 1},
		{What: "Start latency at 2 ms", Case: "latency", Sizes: rareStart, Unit: "p50-ns", Over: channelOnly, Each: 2},
		{What: "Start latency at 2 ms", Case: "latency", Sizes: rareStart, Unit: "p99-ns", Over: channelOnly, Each: 1},
		{What: "Processor use for start latency at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "cpus", Over: channelOnly, Most: 1},
		{What: "Processor use for start latency at 2 ms", Case: "latency", Sizes: rareStart, Unit: "cpus", Over: channelOnly, Most: 0.1},
		{What: "Processor use at rest", Case: "idle", Sizes: "procs=2/workers=8", Over: []string{Harness}, Unit: "cpus", Most: 0.001, Ops: 400},

		{What: "Priorities", Case: "priority-pool", Sizes: "procs=2/workers=8/submitters=8", Over: []string{"container-heap"}, Each: 4},
		{What: "Limiter, Allow without the clock", Case: "limiter", Sizes: "procs=2/goroutines=1", Ours: "millrace-allow", Over: []string{"millrace-clock"}, Most: 6},
		{What: "Limiter, Allow from 8 goroutines", Case: "limiter", Sizes: "procs=2/goroutines=8", Ours: "millrace-allow", Over: []string{"x-time-allow"}, Each: 2},
		{What: "Limiter, Wait from 8 goroutines", Case: "limiter", Sizes: "procs=2/goroutines=8", Over: []string{"x-time"}, Each: 2},
		{What: "Limiter, Wait from 8 goroutines", Case: "limiter", Sizes: "procs=2/goroutines=8", Over: []string{"uber"}, Each: 1.2},

		{What: "Memory of a waiting task without its closure", Case: "memory", Sizes: million, Unit: "shared-B/task", Most: 40},
		{What: "Memory of a waiting task, unbounded queue", Case: "memory", Sizes: million, Ours: "millrace-unbounded", Unit: "shared-B/task", Most: 40},
		{What: "Memory that remains after all tasks have run", Case: "memory", Sizes: million, Ours: "millrace-unbounded", Unit: "kept-B/task", Most: 4},
		{What: "Start of 1000 blocking tasks on 1000 workers", Case: "rampup", Sizes: "procs=2/workers=1000", Most: 5e6},

		{What: "No-op tasks on 16 processors", Case: "noop", Sizes: "procs=16/workers=16/submitters=16", Over: channelOnly, Each: 20},
		{What: "Tasks of 1 µs, lost share of 16 processors", Case: "work", Sizes: "procs=16/workers=16/submitters=16/task-us=1", Unit: "lost", Most: 0.3},
	}
}

// oneMore is two allocations, one of them the closure, and room for those of starting submitters.
const oneMore = 2.2
