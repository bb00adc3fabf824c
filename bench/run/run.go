// Package run measures the cases of the comparison: each implementation in a process of
// its own, those of a case and size in turn, in another order each round.
package run

import (
	"context"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"github.com/user/millrace/bench/report"
)

// A Config says what is to be measured.
type Config struct {
	Cases   []string      // by name; none means all
	Impls   []string      // by name; none means all
	Full    bool          // all sizes
	Targets bool          // what the targets need, at the sizes and of the implementations that they name
	Runs    int           // visits to each cell
	Length  time.Duration // of one

	// Told, if not nil, is called before each measurement.
	Told func(Progress)
}

// Progress is how far a run is.
type Progress struct {
	Done, Total int           // measurements
	Left        time.Duration // estimated
	Cell        string        // what is measured next
}

// A cell that fails twice is given up: it would only take the others' time.
const mostFails = 2

// timeout is how long one measurement may take: those of a tenth and of the
// whole, a calibration, and a machine that is busy with something else.
func timeout(length time.Duration) time.Duration { return 20*time.Second + 20*length }

// Run measures until all is done or ctx ends, and returns what there is then.
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
		Begun: begin.UTC().Truncate(time.Second), Command: strings.Join(os.Args[1:], " "),
		Commit: commit(ctx), Machine: machine(),
	}
	describe(r, groups)
	progress := Progress{}
	for _, g := range groups {
		progress.Total += cfg.Runs * g.rounds() * len(g.cells)
	}
	tell := func(cell string) {
		if cfg.Told != nil {
			if progress.Done > 0 {
				progress.Left = time.Since(begin) / time.Duration(progress.Done) * time.Duration(progress.Total-progress.Done)
			}
			progress.Cell = cell
			cfg.Told(progress)
		}
		progress.Done++
	}
	for range cfg.Runs {
		for _, g := range groups {
			r.Interrupted = r.Interrupted || !g.visit(ctx, r, tell)
		}
	}
	r.Took = report.Seconds(time.Since(begin).Seconds())
	return r, nil
}

// visit measures each cell of the group some times, in rounds, so that those of a round
// are measured while the machine is in one mood. It reports false if ctx ended first.
func (g *group) visit(ctx context.Context, r *report.Results, tell func(cell string)) bool {
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
			tell(cell.request.String())
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

// measure has a child measure the cell once more, unless ctx ends first. A child that
// has died counts as one failure.
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

// String returns what is asked for as a Go benchmark would be called.
func (req Request) String() string { return req.Case + "/" + req.Params + "/impl=" + req.Impl }
