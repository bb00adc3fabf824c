package sample

import (
	"cmp"
	"math/rand/v2"
	"slices"

	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/report"
)

// Targets returns results of a run of the targets: few cells of each case, most of them with two
// implementations.
func Targets(rounds int) *report.Results {
	s := &sampler{r: &report.Results{Command: "go run ./bench -targets"}, rng: rand.New(rand.NewPCG(5, 6)), rounds: rounds}
	s.impls()
	for _, t := range report.Targets() {
		if !slices.ContainsFunc(s.r.Cases, func(c report.Case) bool { return c.Name == t.Case }) {
			s.add(t.Case, t.What, "", cmp.Or(t.Unit, "ns/op"))
		}
		for i, impl := range t.Impls() {
			for _, p := range t.Params() {
				s.target(t, p, impl, cmp.Or(t.Most, 30)*(0.97+2*float64(min(i, 1))))
			}
		}
	}
	return s.r
}

// start has the latencies of all cells.
var start = latencies(900, 2e7)

// target adds a value to the runs of a cell, which may exist already.
func (s *sampler) target(t report.Target, params, impl string, value float64) {
	i := slices.IndexFunc(s.r.Cells, func(c report.Cell) bool { return c.Case == t.Case && c.Params == params && c.Impl == impl })
	if i < 0 {
		i = len(s.r.Cells)
		c := report.Cell{Case: t.Case, Params: params, Impl: impl}
		for range s.rounds {
			c.Runs = append(c.Runs, report.Run{Ops: 1, Values: measure.Values{}})
		}
		if t.Case == "latency" {
			c.Latency = start
		}
		s.r.Cells = append(s.r.Cells, c)
	}
	for _, run := range s.r.Cells[i].Runs {
		run.Values[cmp.Or(t.Unit, "ns/op")] = value * s.scatter(0.05)
	}
}
