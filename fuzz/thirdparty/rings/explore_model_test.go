//go:build model

package rings_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/user/millrace/fuzz/thirdparty/rings"
	"github.com/user/millrace/internal/explore"
)

var (
	only   = flag.String("thirdparty.case", "", "the case that is replayed")
	size   = flag.Int("thirdparty.size", 1, "its size")
	replay = flag.String("thirdparty.replay", "", "a schedule to run")
	tell   = flag.Bool("thirdparty.tell", false, "print what each exploration has seen, a line each")
	budget = flag.Duration("thirdparty.budget", 300*time.Millisecond, "how long each exploration may take")
)

// A finding is what came of one exploration.
type finding struct {
	Case       string
	Size       int
	Wrong      bool // more than what is said of full and empty
	Executions int
	Found      int // how many it took
	Complete   bool
	Failure    string `json:",omitempty"`
	Schedule   string `json:",omitempty"`
	Confirmed  int    `json:",omitempty"` // how many of two replays failed alike
	Steps      string `json:"-"`
}

// explored explores a case under one law: an exact search, and one in which what
// follows a write comes late.
func explored(r *rings.Ring, l law, size int, c ringCase) (f finding) {
	f = finding{Case: c.name, Size: size, Complete: true}
	for _, cfg := range []explore.Config{
		{Preemptions: explore.All, Budget: *budget},
		{Late: true, Preemptions: 2, Budget: *budget},
	} {
		body := scenario(r, l, size, c)
		res := explore.Explore(cfg, body)
		f.Executions += res.Executions
		f.Complete = f.Complete && (res.Complete || cfg.Late && res.Bound == 2)
		if res.Failure == nil {
			continue
		}
		f.Failure, _, _ = strings.Cut(res.Failure.Message, "\n")
		f.Found = res.Executions
		f.Schedule, f.Steps = res.Failure.Schedule, res.Failure.Steps
		if cfg.Late {
			defer func() { f.Schedule = late + f.Schedule }()
		}
		for range 2 {
			again, err := explore.Replay(cfg, f.Schedule, body)
			if err == nil && strings.HasPrefix(again.Message, f.Failure) {
				f.Confirmed++
			}
		}
		break
	}
	return f
}

// sizes are those that are explored.
func sizes(r *rings.Ring) []int {
	if r.Unbounded {
		return []int{1}
	}
	least := max(r.Least, 1)
	if least == 4 {
		return []int{4}
	}
	return []int{1, 2, 4}
}

// exploreAll explores all cases of a ring, first by what it promises, then, where that
// fails, whether more is wrong than what is said of full and empty.
func exploreAll(r *rings.Ring, each func(finding)) {
	sizes := sizes(r)
	if !*tell {
		sizes = sizes[:1]
	}
	for _, size := range sizes {
		for _, c := range ringCases {
			if !c.fits(r) {
				continue
			}
			l := promised(r, size)
			f := explored(r, l, size, c)
			if f.Failure != "" {
				l.full, l.empty = true, true
				worse := explored(r, l, size, c)
				f.Executions += worse.Executions
				if worse.Failure != "" {
					f, f.Wrong = worse, true
				}
			}
			each(f)
		}
	}
}

// TestExploreRing explores the ring of the flag, and tells what it finds.
func TestExploreRing(t *testing.T) {
	if *replay != "" {
		replayed(t, ring(t))
		return
	}
	exploreAll(ring(t), func(f finding) {
		if *tell {
			line, _ := json.Marshal(f)
			fmt.Printf("explored\t%s\n", line)
		}
		if f.Failure != "" {
			t.Errorf("size %d, %s: %s\n%s\n%s", f.Size, f.Case, f.Failure, f.Steps, f.Schedule)
		}
	})
}

// replayed runs the schedule of the flag, and prints its steps.
func replayed(t *testing.T, r *rings.Ring) {
	for _, c := range ringCases {
		if c.name != *only {
			continue
		}
		cfg := explore.Config{Late: strings.HasPrefix(*replay, late)}
		f, err := explore.Replay(cfg, strings.TrimPrefix(*replay, late), scenario(r, promised(r, *size), *size, c))
		if err != nil {
			t.Fatal(err)
		}
		t.Fatalf("%s\n%s", f.Steps, f.Message)
	}
	t.Fatalf("there is no case %q", *only)
}

// late goes before schedules of executions in which what follows a write comes late.
const late = "late:"

// TestExplorerFindsWhatIsWrong explores a ring that loses values.
func TestExplorerFindsWhatIsWrong(t *testing.T) {
	lost := 0
	exploreAll(rings.Find("repairing"), func(f finding) {
		if f.Wrong && f.Confirmed == 2 {
			lost++
		}
	})
	if lost == 0 {
		t.Error("nothing was found")
	}
}

// TestNames lists the rings for the program that prints the table.
func TestNames(t *testing.T) {
	list, err := json.Marshal(rings.All())
	if err != nil {
		t.Fatal(err)
	}
	if *tell {
		fmt.Printf("rings\t%s\n", list)
	}
}
