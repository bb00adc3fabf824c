//go:build model

package pools_test

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/user/millrace/fuzz/thirdparty/copies/gopool"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

var (
	only   = flag.String("thirdparty.case", "", "the case that is replayed")
	size   = flag.Int("thirdparty.size", 1, "its size")
	replay = flag.String("thirdparty.replay", "", "a schedule to run")
	tell   = flag.Bool("thirdparty.tell", false, "print what each exploration has seen, a line each")
	budget = flag.Duration("thirdparty.budget", time.Second, "how long each exploration may take")
)

// gopoolCases say how many tasks each goroutine submits.
var gopoolCases = []struct {
	name    string
	submits []int
}{
	{"two tasks", []int{2}},
	{"submit against submit", []int{1, 1}},
	{"submits against submit", []int{2, 1}},
}

// gopoolScenario: each task has run once when nothing moves any more, and, if it is
// bounded, no more ran at once than the pool's capacity.
func gopoolScenario(capacity int, submits []int, bounded bool) func(*explore.X) {
	return func(x *explore.X) {
		p := gopool.NewPool("explored", int32(capacity), gopool.NewConfig())
		x.Name("p", p)
		var running, runs atomics.Int64
		want := int64(0)
		for i, n := range submits {
			want += int64(n)
			x.Go(fmt.Sprint("g", i+1), func() {
				for range n {
					p.Go(func() {
						if at := running.Add(1); bounded && at > int64(capacity) {
							x.Fail("%d tasks run at once, capacity %d", at, capacity)
						}
						threads.Pause()
						runs.Add(1)
						running.Add(-1)
					})
				}
			})
		}
		x.AtRest(func() error {
			if n := runs.Load(); n != want {
				return fmt.Errorf("at rest, %d of %d tasks have run", n, want)
			}
			if p.WorkerCount() != 0 {
				return errors.New("at rest, with workers")
			}
			return nil
		})
	}
}

func TestExplorePool(t *testing.T) {
	for _, c := range gopoolCases {
		if *replay != "" && c.name == *only {
			f, err := explore.Replay(explore.Config{}, *replay, gopoolScenario(*size, c.submits, true))
			if err != nil {
				t.Fatal(err)
			}
			t.Fatalf("%s\n%s", f.Steps, f.Message)
		}
	}
	for _, c := range gopoolCases {
		for capacity := 1; capacity <= 2; capacity++ {
			exploreGopool(t, c.name, capacity, c.submits)
		}
	}
}

// exploreGopool explores a case, and, where more ran at once than should, whether more
// than that is wrong.
func exploreGopool(t *testing.T, name string, capacity int, submits []int) {
	cfg := explore.Config{Preemptions: explore.All, Budget: *budget}
	f := map[string]any{"Case": name, "Size": capacity}
	seen := 0
	for _, bounded := range []bool{true, false} {
		body := gopoolScenario(capacity, submits, bounded)
		res := explore.Explore(cfg, body)
		seen += res.Executions
		f["Complete"] = res.Complete
		if res.Failure == nil {
			break
		}
		message, _, _ := strings.Cut(res.Failure.Message, "\n")
		confirmed := 0
		for range 2 {
			if again, err := explore.Replay(cfg, res.Failure.Schedule, body); err == nil && strings.HasPrefix(again.Message, message) {
				confirmed++
			}
		}
		f["Wrong"], f["Found"], f["Failure"], f["Schedule"], f["Confirmed"] = !bounded, res.Executions, message, res.Failure.Schedule, confirmed
	}
	f["Executions"] = seen
	if f["Failure"] != nil {
		t.Errorf("size %d, %s: %v", capacity, name, f["Failure"])
	}
	if *tell {
		line, _ := json.Marshal(f)
		fmt.Printf("explored\t%s\n", line)
	}
}
