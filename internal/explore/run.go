//go:build model

package explore

import (
	"flag"
	"runtime"
	"strings"
	"testing"
)

var (
	replayFlag  = flag.String("explore.replay", "", "run this schedule or seed only, as printed by a failure, and print its steps")
	budgetFlag  = flag.Duration("explore.budget", 0, "how long to search each case, and then to sample it")
	samplesFlag = flag.Int("explore.samples", 0, "how many schedules to sample of each case")
	buffersFlag = flag.Bool("explore.buffers", false, "in each case, let others see release stores late")
	boundFlag   = flag.Int("explore.preemptions", 0, "bound on preemptions instead of the case's own; -1 for 3 and then none")
)

// Run explores the scenario, prints what was seen, and fails the test with the steps of
// the first execution that fails. With -short it takes a third of the time.
func Run(t testing.TB, cfg Config, scenario func(*X)) {
	t.Helper()
	waitForStrays(t)
	cfg.Buffers = cfg.Buffers || *buffersFlag
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
	cfg = cfg.withDefaults()
	if testing.Short() {
		cfg.Budget /= 3
	}
	if *budgetFlag != 0 {
		cfg.Budget = *budgetFlag
	}
	if *samplesFlag != 0 {
		cfg.Samples = *samplesFlag
	}
	if *boundFlag != 0 && cfg.Preemptions != None {
		cfg.Preemptions = *boundFlag
	}
	r := Explore(cfg, scenario)
	t.Log(r)
	if f := r.Failure; f != nil {
		t.Fatalf("failed after %d executions, with %d preemptions: %s\n%s\n%s", r.Executions, f.Preemptions, f.Message, f.Steps, f.howToReplay(t.Name()))
	}
}

// howToReplay says how to run what failed again, in the test of that name.
func (f *Failure) howToReplay(name string) string {
	replay := "replay with -run='^" + strings.ReplaceAll(name, "/", "$/^") + "$' -explore.replay=" + f.Schedule
	if f.Seed != "" {
		replay += "\nor, from its seed, with -explore.replay=" + f.Seed
	}
	return replay
}

// waitForStrays returns once goroutines of tests before, which may be at their last
// steps, are gone. Those that are stuck stay.
func waitForStrays(t testing.TB) {
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
