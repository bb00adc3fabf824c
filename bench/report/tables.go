package report

import (
	"cmp"
	"fmt"
	"slices"
)

// Text returns the figure of a cell, or the reason why there is none.
func (c cell) Text(unit string) string {
	switch {
	case c.Failed > 0:
		return "failed"
	case c.Value.N == 0:
		return "–"
	}
	return value(c.Value, unit)
}

// Ours reports whether the column is that of millrace.
func (c column) Ours() bool { return c.Impl == Millrace }

// Harness reports whether the column is the cost of the measurement itself.
func (c column) Harness() bool { return c.Impl == Harness }

// Judged reports whether a cell is compared with ours.
func (c cell) Judged() bool { return c.Against.Verdict != Incomparable }

// A grid is the table of the cells of a benchmark: a row for each implementation, or for
// each size if that makes the table narrower.
type grid struct {
	Corner string
	Heads  []entry
	Rows   []gridRow
}

type gridRow struct {
	Head  entry
	Cells []entry
}

// An entry is one place in a grid.
type entry struct {
	Main   string // a figure, or a name
	Sub    string // the ratio to ours
	Detail string
	Class  string
}

// Grid returns the table of all cells, followed by the mean over all sizes.
func (bm benchmark) Grid() grid {
	g := grid{Corner: "impl"}
	for i := range bm.Sizes {
		g.Heads = append(g.Heads, entry{Main: cmp.Or(bm.Sizes[i].Label, bm.Unit)})
	}
	if len(bm.Sizes) > 1 {
		g.Heads = append(g.Heads, entry{Main: "all sizes", Class: "all"})
	}
	for _, col := range bm.Columns {
		row := gridRow{Head: entry{Main: col.Impl}}
		if col.Ours() {
			row.Head.Class = Millrace
		}
		for _, c := range col.Cells {
			row.Cells = append(row.Cells, c.entry(bm.Unit))
		}
		if len(bm.Sizes) > 1 {
			row.Cells = append(row.Cells, entry{Sub: overall(col), Class: "all " + col.Overall.Verdict.String()})
		}
		g.Rows = append(g.Rows, row)
	}
	if len(bm.Sizes) > len(bm.Columns) {
		return g.turned()
	}
	return g
}

func (c cell) entry(unit string) entry {
	e := entry{Main: c.Text(unit), Class: c.Against.Verdict.String()}
	if c.Judged() {
		e.Sub, e.Detail = c.Against.String(), c.Against.Detail()
	}
	return e
}

// turned returns the transposed grid.
func (g grid) turned() grid {
	t := grid{Corner: "size"}
	for _, row := range g.Rows {
		t.Heads = append(t.Heads, row.Head)
	}
	for i, head := range g.Heads {
		row := gridRow{Head: head}
		for _, from := range g.Rows {
			row.Cells = append(row.Cells, from.Cells[i])
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// Failures describes the cells that failed.
func (bm benchmark) Failures() (all []string) {
	for _, col := range bm.Columns {
		for i, c := range col.Cells {
			if c.Failed > 0 {
				all = append(all, fmt.Sprintf("%s%s failed in %d of %s: %s",
					col.Impl, bm.Sizes[i].at(), c.Failed, counted(len(c.runs), "run"), c.Err))
			}
		}
	}
	return all
}

// at returns " at " and the size, if it has a name.
func (s size) at() string {
	if s.Label == "" {
		return ""
	}
	return " at " + s.Label
}

// A table is a table of formatted figures.
type table struct {
	Heads []string
	Rows  [][]string
}

// Latencies returns the latency quantiles of each cell, of all runs together, and the
// medians of its other values. It has no rows if there are no latencies.
func (bm benchmark) Latencies() table {
	units := slices.DeleteFunc(bm.units(), func(unit string) bool {
		return slices.ContainsFunc(quantiles, func(p quantile) bool { return p.Name+"-ns" == unit })
	})
	t := table{Heads: []string{"", "", "operations"}}
	for _, p := range quantiles {
		t.Heads = append(t.Heads, p.Name)
	}
	t.Heads = append(t.Heads, units...)
	for i, s := range bm.Sizes {
		for _, col := range bm.Columns {
			h := col.Cells[i].latency
			if h == nil || col.Cells[i].Failed > 0 {
				continue
			}
			row := []string{s.Label, col.Impl, fmt.Sprint(h.Count())}
			for _, p := range quantiles {
				text := "–"
				if d, ok := h.Quantile(p.Share); ok {
					text = figure(float64(d), "ns")
				}
				row = append(row, text)
			}
			for _, unit := range units {
				row = append(row, column{Cells: col.Cells[i : i+1]}.spread(unit))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// Others returns the other values of each implementation: the median over all sizes, with
// the range if the sizes differ. It has no rows if Latencies has these values.
func (bm benchmark) Others() table {
	units := bm.units()
	t := table{Heads: append([]string{""}, units...)}
	if len(units) == 0 || len(bm.Latencies().Rows) > 0 {
		return t
	}
	for _, col := range bm.Columns {
		row := []string{col.Impl}
		for _, unit := range units {
			row = append(row, col.spread(unit))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// units returns the units of all values except the one that is compared.
func (bm benchmark) units() []string {
	found := make(map[string]bool)
	for _, col := range bm.Columns {
		for _, c := range col.Cells {
			for _, run := range c.runs {
				for unit := range run.Values {
					found[unit] = true
				}
			}
		}
	}
	delete(found, bm.Unit)
	return sortedKeys(found)
}

// spread returns the median over the sizes of the medians of a value, with its range.
func (c column) spread(unit string) string {
	var all []float64
	for _, cell := range c.Cells {
		if cell.Failed > 0 {
			continue
		}
		var values []float64
		for _, run := range cell.runs {
			if v, ok := run.value(unit); ok {
				values = append(values, v)
			}
		}
		if len(values) > 0 {
			all = append(all, median(values).Mid)
		}
	}
	if len(all) == 0 {
		return "–"
	}
	mid := figure(median(all).Mid, unit)
	lo, hi := figure(slices.Min(all), unit), figure(slices.Max(all), unit)
	if lo == hi {
		return mid
	}
	return mid + " (" + lo + " to " + hi + ")"
}
