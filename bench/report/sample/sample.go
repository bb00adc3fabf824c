// Package sample makes up results, to test the report and to view it. None of them were
// measured.
package sample

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/report"
)

// Results returns results of a usual run, the same in each call. They have each verdict and a
// failure.
func Results(rounds int) *report.Results {
	s := &sampler{rng: rand.New(rand.NewPCG(1, 2)), rounds: rounds}
	s.r = &report.Results{
		Begun:   time.Date(2026, time.March, 4, 14, 30, 0, 0, time.UTC),
		Took:    171,
		Command: "go run ./bench",
		Commit:  "0123456789abcdef0123456789abcdef01234567",
		Machine: report.Machine{
			Go: "go1.26.8", OS: "linux", Arch: "amd64", CPU: "AMD EPYC 7B13", Processors: 2,
			Memory: 8 << 30, Kernel: "Linux 6.1.0-28-amd64", Load: "0.08 0.11 0.15",
		},
	}
	s.impls()
	s.flood("noop", "Per-task overhead (no-op task)", 40, 0)
	s.flood("closure", "Per-task overhead (a closure for each task)", 55, 4)
	s.cpu()
	s.batches()
	s.nested()
	s.memory()
	s.latency()
	s.neighbour()
	s.wake()
	return rounded(s.r)
}

// rounded returns results with rounded figures, as those of a run are.
func rounded(r *report.Results) *report.Results {
	back := new(report.Results)
	data, err := json.Marshal(r)
	if err == nil {
		err = json.Unmarshal(data, back)
	}
	if err != nil {
		panic(err) // the figures are finite
	}
	return back
}

type sampler struct {
	r      *report.Results
	rng    *rand.Rand
	rounds int
}

// speed has the cost of each implementation relative to the channel.
var speed = []struct {
	name, module, version, setup string
	factor                       float64
}{
	{"millrace", "github.com/user/millrace", "v0.0.0", "pool.New(pool.Config{Workers: n, QueueSize: q}), SubmitFunc", 0.72},
	{"channel", "", "go1.26.8", "a buffered channel of functions, n goroutines that range over it", 1},
	{"ants", "github.com/panjf2000/ants/v2", "v2.12.1", "ants.NewPool(n), Submit", 5.1},
	{"channel-spin", "", "go1.26.8", "a buffered channel, n goroutines that look 1000 times, yielding, before they block", 0.95},
	{"conc", "github.com/sourcegraph/conc", "v0.3.0", "pool.New().WithMaxGoroutines(n), Go", 7.4},
	{"errgroup", "golang.org/x/sync", "v0.24.0", "errgroup.Group, SetLimit(n), Go", 6.8},
	{"gopool", "github.com/bytedance/gopkg", "v0.1.4", "gopool.NewPool(name, n, config), Go", 6.1},
	{"goroutine", "", "go1.26.8", "a goroutine a task", 5.6},
	{"pond", "github.com/alitto/pond/v2", "v2.7.1", "pond.NewPool(n, WithQueueSize(q)), Go", 9.3},
	{"workerpool", "github.com/gammazero/workerpool", "v1.3.0", "workerpool.New(n), Submit", 24},
}

func (s *sampler) impls() {
	for _, v := range speed {
		s.r.Impls = append(s.r.Impls, report.Impl{Name: v.name, Module: v.module, Version: v.version, Setup: v.setup})
	}
}

func (s *sampler) add(name, title, method, unit string) {
	s.r.Cases = append(s.r.Cases, report.Case{Name: name, Title: title, Method: method, Unit: unit})
}

// scatter returns a factor near one, with rare outliers.
func (s *sampler) scatter(by float64) float64 {
	if s.rng.IntN(25) == 0 {
		by *= 6
	}
	return math.Exp(by * s.rng.NormFloat64())
}

// cells adds a cell for each implementation. needs returns the cost by its index, and each round
// has a disturbance that all share.
func (s *sampler) cells(name, params, unit string, noise float64, needs func(i int) float64) {
	first := len(s.r.Cells)
	for i := range speed {
		if needs(i) > 0 {
			s.r.Cells = append(s.r.Cells, report.Cell{Case: name, Params: params, Impl: speed[i].name})
		}
	}
	for range s.rounds {
		common := s.scatter(0.06)
		at := first
		for i := range speed {
			if needs(i) <= 0 {
				continue
			}
			v := needs(i) * common * s.scatter(noise)
			s.r.Cells[at].Runs = append(s.r.Cells[at].Runs, report.Run{Ops: int(5e7/v) + 1, Values: measure.Values{
				unit: v, "cpu-ns/op": 1.8 * v, "cpus": 1.8, "allocs/op": float64(i % 3), "B/op": float64(16 * (i % 3)),
			}})
			at++
		}
	}
}

func (s *sampler) flood(name, title string, base, extra float64) {
	s.add(name, title, "Tasks that only count themselves, submitted as fast as they are taken up, from the first "+
		"submission until all have run. It shows throughput where work is plenty, and nothing of the latency of a task.", "ns/op")
	for _, workers := range []int{2, 8} {
		for _, submitters := range []int{1, 8} {
			params := fmt.Sprintf("procs=2/workers=%d/submitters=%d", workers, submitters)
			s.cells(name, params, "ns/op", 0.03, func(i int) float64 {
				return extra + base*speed[i].factor*(1+0.1*float64(i%4)*math.Log2(float64(submitters))/3)
			})
			s.harness(name, params, "ns/op", 1.9)
		}
	}
}

func (s *sampler) harness(name, params, unit string, needs float64) {
	c := report.Cell{Case: name, Params: params, Impl: report.Harness}
	for range s.rounds {
		c.Runs = append(c.Runs, report.Run{Ops: 1e6, Values: measure.Values{unit: needs * s.scatter(0.02)}})
	}
	s.r.Cells = append(s.r.Cells, c)
}

func (s *sampler) cpu() {
	s.add("cpu", "Throughput of tasks that compute", "Tasks that compute for a while, submitted as fast as they are taken up.", "ns/op")
	for _, work := range []int{1, 10, 100} {
		s.cells("cpu", fmt.Sprintf("work=%dµs/procs=2/workers=2", work), "ns/op", 0.015, func(i int) float64 {
			return float64(work)*505 + 40*speed[i].factor*0.25
		})
	}
}

func (s *sampler) batches() {
	s.add("batch", "Per-task overhead in batches", "As noop, in batches of 256.", "ns/op")
	s.cells("batch", "procs=2/workers=2", "ns/op", 0.02, func(i int) float64 {
		return []float64{33, 11, 0, 0, 0, 0, 0, 0, 60, 0}[i]
	})
}

func (s *sampler) nested() {
	s.add("quicksort", "Parallel quicksort", "A million numbers, sorted; halves above 1000 are tasks.", "ns/op")
	s.cells("quicksort", "procs=2/n=1000000", "ns/op", 0.12, func(i int) float64 {
		return []float64{48.2e6, 0, 49e6, 0, 48.8e6, 0, 51e6, 48.4e6, 50e6, 0}[i]
	})
	for i := range s.r.Cells {
		if c := &s.r.Cells[i]; c.Case == "quicksort" && c.Impl == "pond" {
			c.Runs[len(c.Runs)/2] = report.Run{Err: "ended after 20 s: 2 workers wait for tasks that no worker is left to run"}
		}
	}
}

func (s *sampler) memory() {
	s.add("memory", "Memory of a waiting task", "A million tasks in the queue of a pool whose workers are busy.", "B/task")
	s.cells("memory", "tasks=1000000", "B/task", 0.001, func(i int) float64 {
		return []float64{24, 8, 0, 8, 0, 0, 56, 2640, 40, 24}[i]
	})
}

func (s *sampler) latency() {
	s.add("start", "Start latency", "An open loop submits a task each gap; the time runs from "+
		"when the task was due, so that a submitter that is late does not hide it.", "p99-ns")
	for _, gap := range []string{"20µs", "200µs", "2ms"} {
		for i, v := range speed {
			if i == 5 {
				continue
			}
			c := report.Cell{Case: "start", Params: "gap=" + gap + "/procs=2", Impl: v.name}
			for range s.rounds {
				h := measure.NewHistogram()
				common := s.scatter(0.05)
				for range 2000 {
					wake := 6000 * (1 + 0.1*float64(i)) * common * math.Exp(0.5*s.rng.NormFloat64())
					if s.rng.IntN(60) == 0 {
						wake *= 12
					}
					h.Add(time.Duration(wake))
				}
				c.Add(latencyRun(h, measure.Values{"cpu-ns/op": 9000 * common, "cpus": 0.4}), h)
			}
			s.r.Cells = append(s.r.Cells, c)
		}
	}
}

func (s *sampler) neighbour() {
	s.add("neighbour", "Latency of an HTTP server next to a busy pool", "The 99th percentile of requests at a fixed rate "+
		"to a server in the same process, that has nothing to do with the pool.", "p99-ns")
	s.cells("neighbour", "procs=2", "p99-ns", 0.02, func(i int) float64 { return 90e6 * (1 + 0.002*float64(i)) })
}

func (s *sampler) wake() {
	s.add("wake", "Wake-up latency of a goroutine", "One goroutine sends to another that is parked, "+
		"on an idle processor. No pool is part of it, and most of each pool's latency of a start is this.", "p50-ns")
	c := report.Cell{Case: "wake", Params: "procs=2", Impl: report.Harness}
	for range s.rounds {
		h := measure.NewHistogram()
		for range 500 {
			h.Add(time.Duration(5200 * math.Exp(0.3*s.rng.NormFloat64())))
		}
		c.Add(latencyRun(h, nil), h)
	}
	s.r.Cells = append(s.r.Cells, c)
}

// Odd returns results of every awkward kind: failures, gaps, a single run, an interrupt, figures
// of any size, and names with markup.
func Odd() *report.Results {
	r := &report.Results{
		Begun: time.Date(2026, time.March, 4, 14, 30, 0, 0, time.UTC), Interrupted: true,
		Command: `go run ./bench -out "<b>&"`,
		Impls:   []report.Impl{{Name: "millrace"}, {Name: "channel"}, {Name: Evil}, {Name: "lost"}, {Name: "wild"}, {Name: "late"}},
	}
	add := func(name, params, impl string, runs ...report.Run) {
		r.Cells = append(r.Cells, report.Cell{Case: name, Params: params, Impl: impl, Runs: runs})
	}
	ask := func(name, unit string) {
		r.Cases = append(r.Cases, report.Case{Name: name, Title: "Title of " + name, Method: Evil, Unit: unit})
	}
	ask("failures", "ns/op")
	add("failures", "a=1", "millrace", Runs("ns/op", 100, 102, 99, 101, 100, 98, 103, 100)...)
	add("failures", "a=1", "channel", Runs("ns/op", 120, 121, 119, 122, 120, 118, 121, 119)...)
	add("failures", "a=1", Evil, Runs("ns/op", 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001, 0.001)...)
	add("failures", "a=1", "lost", append(Runs("ns/op", 5, 5, 5, 5, 5, 5, 5), report.Run{Err: "of 1000 tasks 999 ran\n<i>|"})...)
	add("failures", "a=1", "wild", Runs("ns/op", 10, 1000, 20, 2000, 5, 900, 12, 1300)...)
	add("failures", "a=2", "millrace", Runs("ns/op", 1e9, 1.02e9, 0.99e9, 1.01e9, 1e9, 0.98e9, 1.03e9, 1e9)...)
	add("failures", "a=2", "channel", Runs("ns/op", 4e12, 4e12, 4e12)...)
	ask("single", "ns/op")
	add("single", "", "millrace", Runs("ns/op", 7)...)
	add("single", "", "channel", Runs("ns/op", 8)...)
	ask("alone", "B/task")
	add("alone", "", "millrace", Runs("B/task", 0, 0, 0, 0, 0, 0)...)
	ask("without us", "ns/op")
	add("without us", "", "channel", Runs("ns/op", 8, 8, 8, 8, 8, 8)...)
	ask("we fail", "ns/op")
	add("we fail", "", "millrace", report.Run{Err: "hung"})
	add("we fail", "", "channel", Runs("ns/op", 8, 8, 8, 8, 8, 8)...)
	ask("close", "p50-ns")
	addLatencies := func(name, impl string, h *measure.Histogram) {
		c := report.Cell{Case: name, Impl: impl}
		c.Add(latencyRun(h, nil), h)
		r.Cells = append(r.Cells, c)
	}
	addLatencies("close", "millrace", latencies(1000, 1010))
	addLatencies("close", "channel", latencies(1, 1e9))
	ask("never begun", "ns/op")
	return r
}

// latencyRun returns a run with the quantiles of a histogram and further values.
func latencyRun(h *measure.Histogram, more measure.Values) report.Run {
	values := h.Values()
	maps.Copy(values, more)
	return report.Run{Ops: int(h.Count()), Values: values}
}

// latencies returns latencies between lo and hi.
func latencies(lo, hi float64) *measure.Histogram {
	h := measure.NewHistogram()
	for i := range 20000 {
		h.Add(time.Duration(lo * math.Pow(hi/lo, float64(i)/20000)))
	}
	return h
}

// Evil is a name with markup, which must be escaped everywhere.
const Evil = `</script><script>alert(1)</script>|*x*&"'`

// Runs returns runs with these values.
func Runs(unit string, values ...float64) (runs []report.Run) {
	for _, v := range values {
		runs = append(runs, report.Run{Values: measure.Values{unit: v}})
	}
	return runs
}

// Full returns results of a long run, with every combination of sizes.
func Full(rounds int) *report.Results {
	r := &report.Results{Command: "go run ./bench -full"}
	s := &sampler{r: r, rng: rand.New(rand.NewPCG(3, 4)), rounds: rounds}
	s.impls()
	s.add("typed", "Per-task overhead (one function, typed values)", strings.Repeat("As noop, with a word for each task. ", 3), "ns/op")
	for _, procs := range []int{1, 2, 4, 8} {
		for _, workers := range []int{2, 8, 1000} {
			for _, submitters := range []int{1, 8, 64} {
				s.cells("typed", fmt.Sprintf("procs=%d/workers=%d/submitters=%d", procs, workers, submitters), "ns/op", 0.03, func(i int) float64 {
					return 40 * speed[i].factor * s.scatter(0.1)
				})
			}
		}
	}
	return r
}
