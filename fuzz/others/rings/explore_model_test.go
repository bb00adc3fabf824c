//go:build model

package rings_test

import (
	"encoding/json"
	"flag"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/user/millrace/fuzz/others/rings"
	"github.com/user/millrace/internal/explore"
)

var (
	only   = flag.String("others.case", "", "the case that is replayed")
	size   = flag.Int("others.size", 1, "its size")
	replay = flag.String("others.replay", "", "a schedule to run")
	tell   = flag.Bool("others.tell", false, "print what each exploration has seen, a line each")
	budget = flag.Duration("others.budget", 300*time.Millisecond, "how long each exploration may take")
)

// A deed is a push of a letter, or a pop.
type deed byte

const pop deed = '-'

// A line of deeds is what one goroutine does.
type line string

func (l line) String() string { return "[" + strings.Join(strings.Split(string(l), ""), " ") + "]" }

// A ringCase is what a ring holds at first, and what is done to it.
type ringCase struct {
	name  string
	full  bool
	lines []line
}

var ringCases = []ringCase{
	{"push against pop", false, []line{"ab", "--"}},
	{"push against push", false, []line{"ab", "c"}},
	{"two pushes against pop", false, []line{"a", "b", "-"}},
	{"empty against push", false, []line{"--", "a", "-"}},
	{"pushes against three pops", false, []line{"ab", "---"}},
	{"full against pop", true, []line{"ab", "--"}},
	{"full against pop and push", true, []line{"a", "-", "b"}},
	{"pop against pop", true, []line{"--", "-"}},
	{"late push", true, []line{"a", "--", "bc"}},
	{"late pop", true, []line{"-", "--", "a"}},
	{"laps", true, []line{"-", "-a-b-"}},
}

// fits reports whether the ring allows so many producers and consumers.
func (c *ringCase) fits(r *rings.Ring) bool {
	producers, consumers := 0, 0
	for _, l := range c.lines {
		if strings.Contains(string(l), "-") {
			consumers++
		}
		if strings.Trim(string(l), "-") != "" {
			producers++
		}
	}
	return (r.Producers == 0 || producers <= r.Producers) && (r.Consumers == 0 || consumers <= r.Consumers)
}

// A call is one that was made: of a push, what went in, of a pop, what came out.
type call struct {
	pop   bool
	value string
}

func (c call) String() string {
	switch {
	case c.pop && c.value == "":
		return "pop: empty"
	case c.pop:
		return "pop " + c.value
	case c.value == "":
		return "push: full"
	}
	return "push " + c.value
}

func do(q rings.Queue, d deed) call {
	if d == pop {
		v, ok := q.TryPop()
		if !ok {
			return call{pop: true}
		}
		return call{true, string(rune(v.ID))}
	}
	if !q.TryPush(rings.Item{ID: uint64(d)}) {
		return call{}
	}
	return call{value: string(rune(d))}
}

// A law is what holds for the calls, one after the other.
type law struct {
	room        int  // 0 for any number
	full, empty bool // may be said at any time
}

// promised is the law by the documentation of a ring.
func promised(r *rings.Ring, size int) law {
	return law{room: r.Room(size), full: r.SaysFull, empty: r.SaysEmpty}
}

func (l law) apply(in string, c call) (string, bool) {
	switch {
	case !c.pop && c.value == "":
		return in, l.full || len(in) == l.room && l.room > 0
	case !c.pop:
		return in + c.value, l.room == 0 || len(in) < l.room
	case c.value == "":
		return in, l.empty || in == ""
	}
	rest, ok := strings.CutPrefix(in, c.value)
	return rest, ok
}

// scenario says how the case goes on a ring: there is an order of the calls that the
// law allows, and what is left can be popped.
func scenario(r *rings.Ring, l law, size int, c ringCase) func(*explore.X) {
	return func(x *explore.X) {
		q := r.New(size)
		x.Name("q", q)
		h := explore.Record[call](x)
		if c.full {
			n := l.room
			if n == 0 {
				n = 2
			}
			for _, d := range "uvwx"[:n] {
				h.Do("first", func() call { return do(q, deed(d)) })
			}
		}
		for i, deeds := range c.lines {
			x.Go(fmt.Sprint("g", i+1), func() {
				for _, d := range []byte(deeds) {
					h.Do(string(d), func() call { return do(q, deed(d)) })
				}
			})
		}
		x.After(func() error {
			for left := true; left; {
				h.Do("drain", func() call {
					c := do(q, pop)
					left = c.value != ""
					return c
				})
			}
			for i := range l.room {
				if !q.TryPush(rings.Item{}) {
					return fmt.Errorf("drained, and full with %d of %d", i, l.room)
				}
			}
			return explore.Linearizable(h, "", l.apply)
		})
	}
}

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
