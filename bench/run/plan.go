package run

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/user/millrace/bench/cases"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/report"
)

// A group has the cells of one case at one size. They are measured one after the other, so
// that a disturbance of the machine hits all of them.
type group struct {
	c      cases.Case
	params cases.Params
	cells  []*cell
}

// rounds returns the number of rounds of a visit. The speed of a machine may change from one
// second to the next, for example if its processors are virtual. So a visit consists of
// several short runs if the case does not fix their length.
func (g *group) rounds() int {
	if g.c.Ops == nil {
		return 4
	}
	return 1
}

// A cell is one implementation in a group.
type cell struct {
	request Request
	index   int // in the results
	fails   int // runs that failed
}

// plan returns the groups that a Config selects.
func (cfg *Config) plan() ([]group, error) {
	var groups []group
	for _, c := range cases.All() {
		if len(cfg.Cases) > 0 && !slices.Contains(cfg.Cases, c.Name) {
			continue
		}
		for _, p := range c.Sizes {
			wanted, least := cfg.wanted(c, p)
			g := group{c: c, params: p}
			length := cfg.Length / time.Duration(g.rounds())
			for _, name := range wanted {
				if len(cfg.Impls) > 0 && !slices.Contains(cfg.Impls, name) {
					continue
				}
				req := Request{Case: c.Name, Params: p.String(), Impl: name, Length: length, Step: measure.Step()}
				if c.Ops != nil {
					req.Ops = max(least, c.Ops(length, p))
				}
				g.cells = append(g.cells, &cell{request: req})
			}
			if len(g.cells) > 0 {
				groups = append(groups, g)
			}
		}
	}
	if len(groups) == 0 {
		return nil, fmt.Errorf("none of the impls %s takes part in the cases %s", strings.Join(cfg.Impls, ", "), strings.Join(cfg.Cases, ", "))
	}
	return groups, nil
}

// wanted returns the implementations to measure at a size, and the least number of
// operations of a run.
func (cfg *Config) wanted(c cases.Case, p cases.Params) (wanted []string, ops int) {
	all := names(c.Impls(), func(c cases.Impl) string { return c.Name })
	switch {
	case cfg.Targets:
		var needed []string
		for _, t := range report.Targets() {
			if t.Case == c.Name && slices.Contains(t.Params(), p.String()) {
				needed = append(needed, t.Impls()...)
				ops = max(ops, t.Ops)
			}
		}
		return slices.DeleteFunc(all, func(name string) bool { return !slices.Contains(needed, name) }), ops
	case cfg.Full || c.Short(p):
		return all, 0
	}
	return nil, 0
}

// check returns an error that lists the known names if a name is unknown.
func (cfg *Config) check() error {
	known := names(cases.All(), func(c cases.Case) string { return c.Name })
	if err := unknown("case", cfg.Cases, known); err != nil {
		return err
	}
	return unknown("impl", cfg.Impls, impls())
}

// implementations returns the names of all, each once.
func impls() []string {
	var all []string
	for _, c := range cases.All() {
		for _, name := range names(c.Impls(), func(c cases.Impl) string { return c.Name }) {
			if !slices.Contains(all, name) {
				all = append(all, name)
			}
		}
	}
	return all
}

func names[T any](of []T, name func(T) string) []string {
	all := make([]string, len(of))
	for i, v := range of {
		all[i] = name(v)
	}
	return all
}

func unknown(what string, asked, known []string) error {
	for _, name := range asked {
		if !slices.Contains(known, name) {
			return fmt.Errorf("no %s %q; there are %s", what, name, strings.Join(known, ", "))
		}
	}
	return nil
}

// describe adds the cases, the implementations and the empty cells to the results.
func describe(r *report.Results, groups []group) {
	for _, g := range groups {
		if !slices.ContainsFunc(r.Cases, func(c report.Case) bool { return c.Name == g.c.Name }) {
			r.Cases = append(r.Cases, report.Case{Name: g.c.Name, Title: g.c.Title, Method: g.c.Method, Unit: g.c.Unit})
			for _, cell := range g.cells {
				if c, ok := g.c.Impl(cell.request.Impl); ok {
					introduce(r, g.c.Name, c)
				}
			}
		}
		for _, cell := range g.cells {
			cell.index = len(r.Cells)
			r.Cells = append(r.Cells, report.Cell{Case: g.c.Name, Params: cell.request.Params, Impl: cell.request.Impl})
		}
	}
}

// introduce adds the setup of an implementation, unless an earlier case has the same.
func introduce(r *report.Results, in string, c cases.Impl) {
	i := slices.IndexFunc(r.Impls, func(v report.Impl) bool { return v.Name == c.Name })
	if i < 0 {
		r.Impls = append(r.Impls, report.Impl{Name: c.Name, Module: c.Module, Version: c.Version(), Setup: c.Setup})
	} else if known := &r.Impls[i].Setup; !strings.Contains(*known, c.Setup) {
		*known += fmt.Sprintf(". In %s: %s", in, c.Setup)
	}
}
