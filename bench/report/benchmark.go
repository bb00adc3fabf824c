package report

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/user/millrace/bench/measure"
)

// Implementations with a special meaning.
const (
	Millrace = "millrace" // the one that others are compared with
	Channel  = "channel"  // the baseline without a library

	// Harness is the cost of the measurement itself. It is listed, but not compared.
	Harness = "harness"
)

// A benchmark is a case with its figures.
type benchmark struct {
	Case
	Sizes   []size
	Shared  []string // parameters that all sizes have in common
	Columns []column // ours, then the others from least to most, then the harness
}

// A size is one setting of a case's parameters.
type size struct {
	Params string
	Label  string // the parameters in which sizes differ
}

// A column has the cells of an implementation, one for each size.
type column struct {
	Impl    string
	Cells   []cell
	Overall Comparison // with ours: the geometric mean over Of sizes
	Of      int
}

// A cell is one implementation at one size.
type cell struct {
	runs    []Run
	latency *measure.Histogram // of all runs; nil if there is none
	Err     string             // of the first run that failed
	Failed  int                // runs
	Value   Estimate
	Against Comparison // with ours
}

// Good reports whether there are figures.
func (c cell) Good() bool { return c.Value.N > 0 && c.Failed == 0 }

// benchmarks returns the cases of a run, in its order, without those that have no runs.
func benchmarks(r *Results) []benchmark {
	var all []benchmark
	for _, c := range r.Cases {
		if bm, ok := newBenchmark(r, c); ok {
			all = append(all, bm)
		}
	}
	return all
}

// benchmarkOf returns the benchmark of that name. It reports false if it has no runs.
func benchmarkOf(r *Results, name string) (benchmark, bool) {
	c, ok := named(r, name)
	if !ok {
		return benchmark{}, false
	}
	return newBenchmark(r, c)
}

func newBenchmark(r *Results, c Case) (benchmark, bool) {
	bm := benchmark{Case: c, Sizes: sizes(r, c.Name)}
	if len(bm.Sizes) == 0 {
		return bm, false
	}
	bm.Shared = share(bm.Sizes)
	for _, name := range names(r, c.Name) {
		if col, some := bm.column(r, name); some {
			bm.Columns = append(bm.Columns, col)
		}
	}
	bm.compare()
	return bm, true
}

// names returns the implementations, including those that only the cells name.
func names(r *Results, name string) []string {
	var all []string
	for _, impl := range r.Impls {
		all = append(all, impl.Name)
	}
	for _, c := range r.Cells {
		if c.Case == name && !slices.Contains(all, c.Impl) {
			all = append(all, c.Impl)
		}
	}
	return all
}

// sizes returns the sizes that have runs.
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

// share removes the parameters that all sizes have in common from their labels, and
// returns them.
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

// column returns the cells of an implementation, and whether there are any.
func (bm benchmark) column(r *Results, impl string) (column, bool) {
	col := column{Impl: impl, Cells: make([]cell, len(bm.Sizes))}
	some := false
	for _, c := range r.Cells {
		i := slices.IndexFunc(bm.Sizes, func(s size) bool { return s.Params == c.Params })
		if c.Case == bm.Name && c.Impl == impl && i >= 0 && len(c.Runs) > 0 {
			col.Cells[i] = newCell(c, bm.Unit)
			some = true
		}
	}
	return col, some
}

func newCell(measured Cell, unit string) cell {
	c := cell{runs: measured.Runs, latency: measured.Latency}
	var values []float64
	for _, run := range c.runs {
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

// compare compares all columns with ours, and sorts them.
func (bm *benchmark) compare() {
	if us, ok := bm.of(Millrace); ok {
		for i := range bm.Columns {
			if col := &bm.Columns[i]; col.Impl != Millrace && col.Impl != Harness {
				col.compare(us, bm.Unit)
			}
		}
	}
	rank := func(c column) (group int, ratio float64) {
		switch {
		case c.Impl == Millrace:
			return 0, 0
		case c.Impl == Harness:
			return 3, 0
		case c.Of == 0:
			return 2, 0
		}
		return 1, c.Overall.Ratio.Mid
	}
	slices.SortStableFunc(bm.Columns, func(a, b column) int {
		ga, ra := rank(a)
		gb, rb := rank(b)
		return cmp.Or(ga-gb, cmp.Compare(ra, rb))
	})
}

// compare compares a column with ours, at each size and over all of them. The geometric
// mean of the ratios of a round is one sample of the overall ratio. It omits sizes with less
// than half as many rounds as the others, which an interrupt leaves.
func (c *column) compare(us column, unit string) {
	var rounds []map[int]float64 // of each size: logarithms of ratios, by round
	most := 0
	for i := range c.Cells {
		var logs map[int]float64
		if c.Cells[i].Good() && us.Cells[i].Good() {
			logs = paired(c.Cells[i].runs, us.Cells[i].runs, unit, logRatio)
			c.Cells[i].Against = compareLogs(values(logs))
			most = max(most, len(logs))
		}
		rounds = append(rounds, logs)
	}
	rounds = slices.DeleteFunc(rounds, func(logs map[int]float64) bool { return len(logs) == 0 || 2*len(logs) < most })
	c.Of = len(rounds)
	c.Overall = compareLogs(values(means(rounds)))
}

// paired returns f(a, b) for the rounds in which both have a figure.
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

// means returns the mean over all sizes, for the rounds that all sizes have.
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

// of returns the column of an implementation.
func (bm benchmark) of(impl string) (column, bool) {
	i := slices.IndexFunc(bm.Columns, func(c column) bool { return c.Impl == impl })
	if i < 0 {
		return column{}, false
	}
	return bm.Columns[i], true
}
