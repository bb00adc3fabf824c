package report

// What several targets have in common.
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

// rare is how many tasks a run of the case latency must have for its p99.9 to be told.
const rare = 10_500

// Targets returns what millrace is to reach.
func Targets() []Target {
	return []Target{
		{What: "No-op tasks", Case: "noop", Sizes: "procs=2/workers=2,8,1000/submitters=1,8,64", Over: channelOnly, Mean: 2.5, Each: 1.5},
		{What: "No-op tasks, other pools", Case: "noop", Sizes: "procs=2/workers=2,8,1000/submitters=1,8,64", Over: libraries, Mean: 5},
		{What: "No-op tasks on one processor", Case: "noop", Sizes: "procs=1/workers=2,8,1000/submitters=1,8,64", Over: channelOnly, Mean: 2, Each: 1.5},
		{What: "No-op tasks, GOMAXPROCS 4 and 8", Case: "noop", Sizes: "procs=4,8/workers=2,8,1000/submitters=1,8,64", Over: channelOnly, Mean: 1.5, Each: 1},

		{What: "Tasks of 1, 10 and 100 µs: no other 3 % ahead", Case: "work", Sizes: usual + "/task-us=1,10,100", Over: everyone, Each: 1 / 1.03},
		{What: "Tasks of 10 µs: share of the machine that is lost", Case: "work", Sizes: usual + "/task-us=10", Unit: "lost", Most: 0.05},

		{What: "No-op tasks, a closure for each", Case: "closure", Sizes: usual, Over: channelOnly, Mean: 1.8},
		{What: "One function, typed values", Case: "typed", Sizes: usual, Over: channelOnly, Mean: 2.5},
		{What: "Batches of 256 no-op tasks", Case: "batch-noop", Sizes: "procs=2/workers=8/submitters=1,8/batch=256", Over: channelOnly, Mean: 6},
		{What: "Batches of 256, a channel of batches", Case: "batch-noop", Sizes: "procs=2/workers=8/submitters=1,8/batch=256", Over: []string{"channel-batch"}, Mean: 1},

		{What: "No-op tasks from inside a task", Case: "inside", Sizes: "procs=2/workers=8", Over: []string{"millrace-outside"}, Each: 2},
		{What: "A tree of tasks", Case: "nested", Sizes: "procs=2/workers=8", Over: []string{"goroutine"}, Each: 5},
		{What: "SubmitWait", Case: "call", Sizes: usual, Over: []string{"pond-submit"}, Mean: 3},
		{What: "SubmitWait, the closure's allocation and one more", Case: "call", Sizes: usual, Unit: "allocs/op", Most: oneMore},
		{What: "Go and Wait", Case: "call", Sizes: usual, Ours: "millrace-go", Over: []string{"pond-submit"}, Mean: 3},
		{What: "Go and Wait, the closure's allocation and one more", Case: "call", Sizes: usual, Ours: "millrace-go", Unit: "allocs/op", Most: oneMore},
		{What: "Go, and Wait after 63 others", Case: "promise", Sizes: usual, Over: []string{"pond-submit"}, Mean: 3},

		{What: "Start latency at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "p50-ns", Most: 1000},
		{What: "Start latency at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "p99-ns", Over: starters, Each: 2},
		{What: "Start latency at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "p99.9-ns", Over: channelOnly, Each: 1, Ops: rare},
		{What: "Lateness of a submitter that sleeps", Case: "latency", Sizes: "procs=2/workers=8/blocks=1/gap-us=20,200", Unit: "late-p99-ns", Over: channelOnly, Each: 1},
		{What: "Start latency at 2 ms", Case: "latency", Sizes: rareStart, Unit: "p50-ns", Over: channelOnly, Each: 2},
		{What: "Start latency at 2 ms", Case: "latency", Sizes: rareStart, Unit: "p99-ns", Over: channelOnly, Each: 1},
		{What: "Processors paid for that at 20 and 200 µs", Case: "latency", Sizes: starts, Unit: "cpus", Over: channelOnly, Most: 1},
		{What: "Processors paid for that at 2 ms", Case: "latency", Sizes: rareStart, Unit: "cpus", Over: channelOnly, Most: 0.1},
		{What: "Processors used at rest", Case: "rest", Sizes: "procs=2/workers=8", Over: []string{Harness}, Unit: "cpus", Most: 0.001, Ops: 400},

		{What: "Priorities", Case: "priority-pool", Sizes: "procs=2/workers=8/submitters=8", Over: []string{"container-heap"}, Each: 4},
		{What: "Limiter: Allow beside the clock", Case: "limiter", Sizes: "procs=2/goroutines=1", Ours: "millrace-allow", Over: []string{"millrace-clock"}, Most: 6},
		{What: "Limiter: Allow from 8 goroutines", Case: "limiter", Sizes: "procs=2/goroutines=8", Ours: "millrace-allow", Over: []string{"x-time-allow"}, Each: 2},
		{What: "Limiter: Wait from 8 goroutines", Case: "limiter", Sizes: "procs=2/goroutines=8", Over: []string{"x-time"}, Each: 2},
		{What: "Limiter: Wait from 8 goroutines", Case: "limiter", Sizes: "procs=2/goroutines=8", Over: []string{"uber"}, Each: 1.2},

		{What: "Memory of a waiting task beside its closure", Case: "memory", Sizes: million, Unit: "beside-B/task", Most: 40},
		{What: "The same, queue without bound", Case: "memory", Sizes: million, Ours: "millrace-unbounded", Unit: "beside-B/task", Most: 40},
		{What: "What remains of it once all have run", Case: "memory", Sizes: million, Ours: "millrace-unbounded", Unit: "kept-B/task", Most: 4},
		{What: "1000 blocking tasks on 1000 workers: until all run", Case: "rampup", Sizes: "procs=2/workers=1000", Most: 5e6},

		{What: "No-op tasks on 16 processors", Case: "noop", Sizes: "procs=16/workers=16/submitters=16", Over: channelOnly, Each: 20},
		{What: "Tasks of 1 µs: share of 16 processors that is lost", Case: "work", Sizes: "procs=16/workers=16/submitters=16/task-us=1", Unit: "lost", Most: 0.3},
	}
}

// oneMore is two allocations, with room for those of submitters that start.
const oneMore = 2.2
