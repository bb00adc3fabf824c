package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/user/millrace/bench/measure"
)

// Names in Results with a meaning of their own.
const (
	Millrace = "millrace" // with whom the others are compared
	Channel  = "channel"  // what everybody has without a library

	// Harness is the rival that is none: its cells are what the measurement itself
	// costs. They stand beside the others and win nothing.
	Harness = "harness"
)

// A question is a case with all that was measured of it.
type question struct {
	Case
	Sizes   []size
	Shared  []string // parameters that all sizes have in common
	Columns []column // ours, then the others from least to most, then the harness
}

// A size is one setting of a case's parameters.
type size struct {
	Params string
	Label  string // what tells it from the others
}

// A column is one rival's cells, one a size.
type column struct {
	Rival   string
	Cells   []cell
	Overall Judgement // against ours: the geometric mean over the sizes in Of
	Of      int
}

// A cell is one rival at one size.
type cell struct {
	runs    []Run
	Err     string // of the first run that failed
	Failed  int    // runs
	Value   Estimate
	Against Judgement // ours
}

// Good reports whether there are figures.
func (c cell) Good() bool { return c.Value.N > 0 && c.Failed == 0 }

// latency returns the latencies of all runs together, nil if there are none.
func (c cell) latency() *measure.Histogram {
	var all *measure.Histogram
	for _, run := range c.runs {
		if run.Latency == nil {
			continue
		}
		if all == nil {
			all = measure.NewHistogram()
		}
		all.Merge(run.Latency)
	}
	return all
}

// questions returns what was asked, in order; cases of which nothing was measured
// are left out.
func questions(r *Results) []question {
	var all []question
	for _, c := range r.Cases {
		q := question{Case: c, Sizes: sizes(r, c.Name)}
		if len(q.Sizes) == 0 {
			continue
		}
		q.Shared = share(q.Sizes)
		for _, name := range names(r, c.Name) {
			if col, some := q.column(r, name); some {
				q.Columns = append(q.Columns, col)
			}
		}
		q.compare()
		all = append(all, q)
	}
	return all
}

// names returns the rivals, also those that only a case's cells name.
func names(r *Results, name string) []string {
	var all []string
	for _, rival := range r.Rivals {
		all = append(all, rival.Name)
	}
	for _, c := range r.Cells {
		if c.Case == name && !slices.Contains(all, c.Rival) {
			all = append(all, c.Rival)
		}
	}
	return all
}

// sizes returns the sizes of which something was measured.
func sizes(r *Results, name string) []size {
	var all []size
	for _, c := range r.Cells {
		s := size{c.Params, c.Params}
		if c.Case == name && len(c.Runs) > 0 && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// share takes what is the same at all sizes out of their labels, and returns it.
func share(sizes []size) (shared []string) {
	parts := func(s size) []string {
		return strings.FieldsFunc(s.Params, func(r rune) bool { return r == '/' })
	}
	if len(sizes) > 1 {
		for _, p := range parts(sizes[0]) {
			if !slices.ContainsFunc(sizes, func(s size) bool { return !slices.Contains(parts(s), p) }) {
				shared = append(shared, p)
			}
		}
	}
	for i, s := range sizes {
		own := slices.DeleteFunc(parts(s), func(p string) bool { return slices.Contains(shared, p) })
		sizes[i].Label = strings.ReplaceAll(strings.Join(own, ", "), "=", " ")
	}
	for i, p := range shared {
		shared[i] = strings.ReplaceAll(p, "=", " ")
	}
	return shared
}

// column returns the cells of a rival, and whether there are any.
func (q question) column(r *Results, rival string) (column, bool) {
	col := column{Rival: rival, Cells: make([]cell, len(q.Sizes))}
	some := false
	for _, c := range r.Cells {
		i := slices.IndexFunc(q.Sizes, func(s size) bool { return s.Params == c.Params })
		if c.Case == q.Name && c.Rival == rival && i >= 0 && len(c.Runs) > 0 {
			col.Cells[i] = newCell(c.Runs, q.Unit)
			some = true
		}
	}
	return col, some
}

func newCell(runs []Run, unit string) cell {
	c := cell{runs: runs}
	var values []float64
	for _, run := range runs {
		if run.Err != "" {
			c.Failed++
			c.Err = cmp.Or(c.Err, run.Err)
			continue
		}
		if v, ok := run.value(unit); ok {
			values = append(values, v)
		}
	}
	c.Value = median(values)
	return c
}

// compare judges all columns against ours, and puts them in order.
func (q *question) compare() {
	if us, ok := q.of(Millrace); ok {
		for i := range q.Columns {
			if col := &q.Columns[i]; col.Rival != Millrace && col.Rival != Harness {
				col.compare(us, q.Unit)
			}
		}
	}
	rank := func(c column) (group int, ratio float64) {
		switch {
		case c.Rival == Millrace:
			return 0, 0
		case c.Rival == Harness:
			return 3, 0
		case c.Of == 0:
			return 2, 0
		}
		return 1, c.Overall.Ratio.Mid
	}
	slices.SortStableFunc(q.Columns, func(a, b column) int {
		ga, ra := rank(a)
		gb, rb := rank(b)
		return cmp.Or(ga-gb, cmp.Compare(ra, rb))
	})
}

// compare judges a column against us, at each size and over all of them: the
// geometric mean of a round's ratios is one sample of the overall ratio. Sizes with
// less than half as many rounds as the others, which an interrupt leaves, do not
// count there.
func (c *column) compare(us column, unit string) {
	var rounds []map[int]float64 // of each size: logarithms of ratios, by round
	most := 0
	for i := range c.Cells {
		var logs map[int]float64
		if c.Cells[i].Good() && us.Cells[i].Good() {
			logs = paired(c.Cells[i].runs, us.Cells[i].runs, unit, logRatio)
			c.Cells[i].Against = judge(values(logs))
			most = max(most, len(logs))
		}
		rounds = append(rounds, logs)
	}
	rounds = slices.DeleteFunc(rounds, func(logs map[int]float64) bool { return len(logs) == 0 || 2*len(logs) < most })
	c.Of = len(rounds)
	c.Overall = judge(values(means(rounds)))
}

// paired returns what f makes of a and b, in the rounds in which both were measured.
func paired(a, b []Run, unit string, f func(a, b float64) (float64, bool)) map[int]float64 {
	all := make(map[int]float64)
	for i := range min(len(a), len(b)) {
		x, okX := a[i].value(unit)
		y, okY := b[i].value(unit)
		if v, ok := f(x, y); ok && okX && okY {
			all[i] = v
		}
	}
	return all
}

// means returns the mean over all sizes of the rounds that all sizes have.
func means(sizes []map[int]float64) map[int]float64 {
	mean := make(map[int]float64)
	if len(sizes) == 0 {
		return mean
	}
	for round := range sizes[0] {
		sum := 0.0
		for _, logs := range sizes {
			log, ok := logs[round]
			if !ok {
				log = math.NaN()
			}
			sum += log
		}
		if !math.IsNaN(sum) {
			mean[round] = sum / float64(len(sizes))
		}
	}
	return mean
}

// values returns the values of a map in the order of their keys.
func values(m map[int]float64) []float64 {
	var all []float64
	for _, k := range sortedKeys(m) {
		all = append(all, m[k])
	}
	return all
}

// of returns a rival's column.
func (q question) of(rival string) (column, bool) {
	i := slices.IndexFunc(q.Columns, func(c column) bool { return c.Rival == rival })
	if i < 0 {
		return column{}, false
	}
	return q.Columns[i], true
}
