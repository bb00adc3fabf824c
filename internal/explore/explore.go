//go:build model

package explore

import (
	"flag"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"testing"
	"time"
)

// A Config says how a scenario is explored. The zero Config is one of a search up to
// two preemptions, and no samples.
type Config struct {
	// Preemptions is the bound of the search on preemptions: how often a goroutine that
	// could go on is put aside. 0 means 2, All means no bound, None means no search.
	Preemptions int

	// Samples is how many random schedules are run where the search did not see all.
	Samples int

	// Late makes what a goroutine does between a write and its next step come late at
	// times. That shows where something is given away before it was filled in, or after
	// others had it. It is for small scenarios: they get about twice as many steps.
	Late bool

	// Steps is how many steps an execution may take, 10,000 if 0.
	Steps int

	// Budget is how long the exploration may take: 0 means 2 s, and less with -short. The
	// flag -explore.budget goes before it.
	Budget time.Duration
}

func (cfg *Config) settings(traced bool) settings {
	s := settings{limit: cfg.Steps, traced: traced, late: cfg.Late}
	if s.limit == 0 {
		s.limit = 10_000
	}
	return s
}

// Values of Config.Preemptions.
const (
	All  = -1
	None = -2
)

var (
	replayFlag = flag.String("explore.replay", "", "run this schedule only, as printed by a failure, and print its steps")
	budgetFlag = flag.Duration("explore.budget", 0, "how long to explore each case")
	boundFlag  = flag.Int("explore.preemptions", 0, "bound on preemptions instead of the case's own; -1 for none")
)

// A Result says what an exploration has seen.
type Result struct {
	Executions int // runs of the scenario, those that turned out redundant among them
	Schedules  int // runs that came to their end
	Traces     int // distinct partial orders of steps among these, up to maxTraces

	Bound    int  // largest on preemptions that was searched to the end; -1 if none was
	Complete bool // no interleaving is left
	Sampled  int  // schedules run by chance
	Steps    int  // of the longest execution
	Elapsed  time.Duration

	Failure *Failure // the first found, nil if there was none
}

// A Failure is an execution that failed.
type Failure struct {
	Message     string
	Schedule    string // for -explore.replay
	Seed        string // of the sample, "" if it was found by search
	Steps       string // one a line
	Preemptions int
}

func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d executions, %d schedules, %d distinct, of up to %d steps", r.Executions, r.Schedules, r.Traces, r.Steps)
	switch {
	case r.Complete:
		fmt.Fprint(&b, "; all interleavings seen")
	case r.Bound >= 0:
		fmt.Fprintf(&b, "; all of up to %d preemptions seen", r.Bound)
	default:
		fmt.Fprint(&b, "; no bound exhausted")
	}
	if r.Sampled > 0 {
		fmt.Fprintf(&b, "; %d by chance", r.Sampled)
	}
	fmt.Fprintf(&b, "; %v", r.Elapsed.Round(time.Millisecond))
	return b.String()
}

// Run explores the scenario, prints what was seen, and fails the test with the steps of
// the first execution that fails.
func Run(t testing.TB, cfg Config, scenario func(*X)) {
	t.Helper()
	wait(t)
	if *replayFlag != "" {
		f, err := Replay(cfg, *replayFlag, scenario)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("\n%s", f.Steps)
		if f.Message != "" {
			t.Fatal(f.Message)
		}
		return
	}
	if *budgetFlag != 0 {
		cfg.Budget = *budgetFlag
		cfg.Samples = 1 << 30
	}
	if *boundFlag != 0 {
		cfg.Preemptions = *boundFlag
	}
	if cfg.Budget == 0 && testing.Short() {
		cfg.Budget = 300 * time.Millisecond
	}
	r := Explore(cfg, scenario)
	t.Log(r)
	if f := r.Failure; f != nil {
		t.Fatalf("failed after %d executions, with %d preemptions: %s\n%s\nreplay with -explore.replay=%s", r.Executions, f.Preemptions, f.Message, f.Steps, f.Schedule)
	}
}

// wait returns once goroutines of tests before, which may be at their last steps, are
// gone. Those that are stuck stay.
func wait(t testing.TB) {
	buf := make([]byte, 1<<20)
	for range 10_000 {
		strays := 0
		for _, stack := range strings.Split(string(buf[:runtime.Stack(buf, true)]), "\n\n")[1:] {
			if strings.Contains(stack, "millrace/") && !strings.Contains(stack, "testing.(*T).Run(") {
				strays++
			}
		}
		if strays == 0 {
			return
		}
		runtime.Gosched()
	}
	t.Log("goroutines of other tests are left; they may disturb this one")
}

// An explorer keeps account of an exploration.
type explorer struct {
	cfg      Config
	scenario func(*X)
	end      time.Time
	stage    stage
	seen     map[uint64]struct{}
	res      Result
}

// maxTraces is how many distinct partial orders are told apart.
const maxTraces = 1 << 20

// Explore explores the scenario.
func Explore(cfg Config, scenario func(*X)) Result {
	began := time.Now()
	if cfg.Budget == 0 {
		cfg.Budget = 2 * time.Second
	}
	if cfg.Preemptions == 0 {
		cfg.Preemptions = 2
	}
	x := &explorer{cfg: cfg, scenario: scenario, seen: map[uint64]struct{}{}}
	defer x.stage.close()
	// Each execution makes garbage, and hardly anything stays.
	defer debug.SetGCPercent(debug.SetGCPercent(1000))
	x.res.Bound = -1
	x.end = began.Add(cfg.Budget)
	if cfg.Samples > 0 {
		x.end = began.Add(cfg.Budget * 2 / 3) // leaves time for them
	}
	x.search()
	x.end = began.Add(cfg.Budget)
	x.sample()
	x.res.Traces = len(x.seen)
	x.res.Elapsed = time.Since(began)
	return x.res
}

// over reports whether the exploration is to end.
func (x *explorer) over() bool {
	return x.res.Failure != nil || x.res.Complete || x.res.Executions%16 == 0 && time.Now().After(x.end)
}

// execute runs the scenario once.
func (x *explorer) execute(s strategy) *execution {
	e := x.stage.run(x.scenario, s, x.cfg.settings(false))
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

// search looks with a bound of 0, 1 and so on, so that what fails does so with as few
// preemptions as it takes.
func (x *explorer) search() {
	if x.cfg.Preemptions == None {
		return
	}
	last := x.cfg.Preemptions
	if last == All {
		last = 2
	}
	for bound := 0; bound <= last && !x.over(); bound++ {
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

// explain runs a failed execution again, to tell its steps.
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

// Replay runs the scenario on the given schedule. The Failure returned has no Message
// if it did not fail.
func Replay(cfg Config, schedule string, scenario func(*X)) (*Failure, error) {
	follow, err := decode(schedule)
	if err != nil {
		return nil, err
	}
	if cfg.Steps == 0 {
		cfg.Steps = 10_000
	}
	var st stage
	defer st.close()
	e := st.run(scenario, follow, cfg.settings(true))
	return &Failure{
		Message:     e.failure,
		Schedule:    encode(e.decisions, follow.isPatient),
		Steps:       e.story(),
		Preemptions: e.preemptions,
	}, nil
}
