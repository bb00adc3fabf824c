//go:build model

package explore

import (
	"fmt"
	"runtime/debug"
	"strings"
	"time"
)

// A Config describes an exploration. The zero Config is a search up to two preemptions, and
// some hundred samples if that did not see all.
type Config struct {
	// Preemptions is the bound of the search on preemptions: how often a goroutine that
	// could go on is put aside. 0 means 2, All means 3 and then no bound, None means
	// no search.
	Preemptions int

	// Samples is the number of random schedules if the search did not see all. 0 means 300.
	Samples int

	// Late adds a step between each write of a goroutine and what follows it. That finds data
	// published before it is complete, or written after others own it. It is for small scenarios,
	// which get about twice as many steps.
	Late bool

	// Buffers lets others see release stores late: as late as the goroutine's next
	// store or update of another kind.
	Buffers bool

	// Steps is the number of steps that an execution may take, 10,000 if 0.
	Steps int

	// Budget is how long the search may take, and then the samples; half a second if 0.
	Budget time.Duration
}

// Values of Config.Preemptions and, the second, of Config.Samples.
const (
	All  = -1
	None = -2
)

func (cfg Config) withDefaults() Config {
	if cfg.Preemptions == 0 {
		cfg.Preemptions = 2
	}
	if cfg.Samples == 0 {
		cfg.Samples = 300
	}
	if cfg.Steps == 0 {
		cfg.Steps = 10_000
	}
	if cfg.Budget == 0 {
		cfg.Budget = time.Second / 2
	}
	return cfg
}

// bound returns the largest number of preemptions that is searched before the search
// continues without a bound, if it does.
func (cfg Config) bound() int {
	switch cfg.Preemptions {
	case All:
		return 3
	case None:
		return -1
	}
	return cfg.Preemptions
}

// A Result is what an exploration has seen.
type Result struct {
	Executions int // runs of the scenario, those that turned out redundant among them
	Schedules  int // runs that came to their end
	Traces     int // distinct partial orders of steps among these, up to maxTraces

	Bound    int  // largest on preemptions that was searched to the end; -1 if none was
	Wanted   int  // the bound that was to be
	Complete bool // no interleaving is left
	Sampled  int  // schedules run by chance, with the seeds from 0 on
	Steps    int  // of the longest execution
	Elapsed  time.Duration

	Failure *Failure // the first found, nil if there was none
}

// A Failure is an execution that failed.
type Failure struct {
	Message     string
	Schedule    string // for -explore.replay
	Seed        string // also for -explore.replay; "" if it was found by search
	Steps       string // one a line
	Preemptions int
}

func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d executions, %d partial orders, up to %d steps; ", r.Executions, r.Traces, r.Steps)
	switch {
	case r.Complete:
		b.WriteString("all interleavings seen")
	case r.Wanted < 0:
		b.WriteString("no search")
	case r.Bound == r.Wanted:
		fmt.Fprintf(&b, "bound %d exhausted", r.Bound)
	default:
		fmt.Fprintf(&b, "bound %d exhausted, bound %d not, give it more -explore.budget", r.Bound, r.Wanted)
	}
	if r.Sampled > 0 {
		fmt.Fprintf(&b, "; seeds 0 to %d sampled", r.Sampled-1)
	}
	fmt.Fprintf(&b, "; %v", r.Elapsed.Round(time.Millisecond))
	return b.String()
}

// An explorer is the state of an exploration.
type explorer struct {
	cfg      Config
	scenario func(*X)
	end      time.Time
	stage    stage
	seen     map[uint64]struct{}
	last     *execution // the latest
	res      Result
}

// maxTraces is how many distinct partial orders are told apart.
const maxTraces = 1 << 22

// Explore explores the scenario, until it fails.
func Explore(cfg Config, scenario func(*X)) Result {
	began := time.Now()
	cfg = cfg.withDefaults()
	x := &explorer{cfg: cfg, scenario: scenario, seen: map[uint64]struct{}{}}
	x.res.Bound, x.res.Wanted = -1, cfg.bound()
	defer x.stage.close()
	// Each execution makes garbage, and hardly anything stays.
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	x.end = began.Add(cfg.Budget)
	x.search()
	x.end = time.Now().Add(cfg.Budget)
	x.sample()
	x.res.Traces = len(x.seen)
	x.res.Elapsed = time.Since(began)
	return x.res
}

// over reports whether the search, or the sampling, must end.
func (x *explorer) over() bool {
	return x.res.Failure != nil || x.res.Complete || x.res.Executions%16 == 0 && time.Now().After(x.end)
}

// execute runs the scenario once.
func (x *explorer) execute(s strategy) *execution {
	e := x.stage.run(x.scenario, s, x.cfg.settings(false))
	x.last = e
	x.res.Executions++
	x.res.Steps = max(x.res.Steps, len(e.events))
	if e.failure != "" {
		x.res.Failure = x.explain(e)
		return e
	}
	if !e.abandoned {
		x.res.Schedules++
		if len(x.seen) < maxTraces {
			x.seen[e.hash] = struct{}{}
		}
	}
	return e
}

// search runs with a bound of 0, 1 and so on, so that a failure has as few preemptions as
// possible.
func (x *explorer) search() {
	for bound := 0; bound <= x.cfg.bound() && !x.over(); bound++ {
		x.searchUpTo(bound)
	}
	if x.cfg.Preemptions == All && !x.over() {
		x.searchUpTo(noBound)
	}
}

func (x *explorer) searchUpTo(bound int) {
	s := &search{bound: bound}
	for {
		x.execute(s)
		if s.lost != "" && x.res.Failure == nil {
			x.res.Failure = &Failure{Message: "the scenario does not repeat itself on the same schedule: " + s.lost}
		}
		more := s.next()
		if !more && x.res.Failure == nil {
			x.res.Complete = !s.cut
			x.res.Bound = max(x.res.Bound, bound)
			return
		}
		if x.over() {
			return
		}
	}
}

// explain runs a failed execution again, to print its steps.
func (x *explorer) explain(failed *execution) *Failure {
	schedule := encode(failed.decisions, failed.strategy.patient())
	f, _ := Replay(x.cfg, schedule, x.scenario)
	if brief(f.Message) != brief(failed.failure) {
		f.Message = failed.failure + "\nand it did not fail so again on the same schedule, but: " + f.Message
	}
	return f
}

func brief(message string) string {
	first, _, _ := strings.Cut(message, "\n")
	return first
}
