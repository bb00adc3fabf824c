// Package run measures the cases of the comparison: every measurement in a process of
// its own, the rivals of a case and size in turn, in another order each round.
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
	Cases  []string // by name; none means all
	Rivals []string // by name; none means all
	Full   bool     // all sizes
	Runs   int      // of each cell
	Length time.Duration

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

// patience is how long one measurement may take: those of a tenth and of the
// whole, a calibration, and a machine that is busy with something else.
func patience(length time.Duration) time.Duration { return 20*time.Second + 20*length }

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
	done, total := 0, cfg.Runs*len(r.Cells)
	for range cfg.Runs {
		for _, g := range groups {
			for _, i := range rand.Perm(len(g.cells)) {
				if ctx.Err() != nil {
					r.Interrupted = true
					r.Took = report.Seconds(time.Since(begin).Seconds())
					return r, nil
				}
				c := g.cells[i]
				if cfg.Told != nil {
					left := time.Duration(0)
					if done > 0 {
						left = time.Since(begin) / time.Duration(done) * time.Duration(total-done)
					}
					cfg.Told(Progress{done, total, left, c.request.String()})
				}
				done++
				c.measure(ctx, r)
			}
		}
	}
	r.Took = report.Seconds(time.Since(begin).Seconds())
	return r, nil
}

// measure has one more run of the cell, unless it is given up or ctx ends first.
func (c *cell) measure(ctx context.Context, r *report.Results) {
	if c.fails >= mostFails {
		return
	}
	run := c.request.ask(ctx, patience(c.request.Length))
	if ctx.Err() != nil {
		return
	}
	if run.Err != "" {
		c.fails++
	} else {
		c.request.Ops = run.Ops
	}
	cell := &r.Cells[c.index]
	cell.Runs = append(cell.Runs, run)
}

// String returns what is asked for as a Go benchmark would be called.
func (req Request) String() string { return req.Case + "/" + req.Params + "/rival=" + req.Rival }
