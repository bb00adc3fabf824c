// Package run measures the cases: each implementation in a process of its own, those of a
// case and size one after the other, in a random order each round.
package run

import (
	"context"
	"math/rand/v2"
	"time"

	"github.com/user/millrace/bench/report"
)

// A Config selects what to measure.
type Config struct {
	Cases   []string      // by name; none means all
	Impls   []string      // by name; none means all
	Full    bool          // all sizes
	Targets bool          // the sizes and implementations that the targets need
	Runs    int           // visits to each cell
	Length  time.Duration // of one

	// OnProgress, if not nil, is called before each measurement.
	OnProgress func(Progress)
}

// Progress is the progress of a run.
type Progress struct {
	Done, Total int           // measurements
	Left        time.Duration // estimated
	Cell        string        // the next one to measure
}

// mostFails is the number of failed runs after which a cell is not measured again.
const mostFails = 2

// timeout is the limit of one measurement: runs of a tenth and of the whole length, a
// calibration, and the load of other processes.
func timeout(length time.Duration) time.Duration { return 20*time.Second + 20*length }

// Run measures until all is done or ctx ends, and returns the results so far.
func Run(ctx context.Context, cfg Config) (*report.Results, error) {
	if err := cfg.check(); err != nil {
		return nil, err
	}
	groups, err := cfg.plan()
	if err != nil {
		return nil, err
	}
	begin := time.Now()
	r := &report.Results{
		Begun: begin.UTC().Truncate(time.Second), Machine: machine(),
	}
	r.Command, r.Commit = source(ctx)
	describe(r, groups)
	progress := Progress{}
	for _, g := range groups {
		progress.Total += cfg.Runs * g.rounds() * len(g.cells)
	}
	next := func(cell string) {
		if cfg.OnProgress != nil {
			if progress.Done > 0 {
				progress.Left = time.Since(begin) / time.Duration(progress.Done) * time.Duration(progress.Total-progress.Done)
			}
			progress.Cell = cell
			cfg.OnProgress(progress)
		}
		progress.Done++
	}
	for range cfg.Runs {
		for _, g := range groups {
			r.Interrupted = r.Interrupted || !g.visit(ctx, r, next)
		}
	}
	r.Took = report.Seconds(time.Since(begin).Seconds())
	return r, nil
}

// visit measures each cell of the group in a number of rounds, so that the machine is in a
// similar state during a round. It reports false if ctx ended first.
func (g *group) visit(ctx context.Context, r *report.Results, next func(cell string)) bool {
	children := make([]*child, len(g.cells))
	defer func() {
		for _, c := range children {
			if c != nil {
				c.end()
			}
		}
	}()
	for range g.rounds() {
		for _, i := range rand.Perm(len(g.cells)) {
			if ctx.Err() != nil {
				return false
			}
			cell := g.cells[i]
			next(cell.request.String())
			if cell.fails >= mostFails {
				continue
			}
			if children[i] == nil {
				children[i] = start(ctx)
			}
			cell.measure(ctx, r, children[i])
		}
	}
	return true
}

// measure has a child measure the cell once, unless ctx ends first. A child that has died
// counts as one failure.
func (c *cell) measure(ctx context.Context, r *report.Results, by *child) {
	dead := by.err != nil
	reply := by.ask(c.request, timeout(c.request.Length))
	switch {
	case ctx.Err() != nil:
		return
	case reply.Run.Err == "":
		c.request.Ops = reply.Run.Ops
	case !dead:
		c.fails++
	}
	r.Cells[c.index].Add(reply.Run, reply.Latency)
}

// String returns the name of the cell in the form of a Go benchmark.
func (req Request) String() string { return req.Case + "/" + req.Params + "/impl=" + req.Impl }
