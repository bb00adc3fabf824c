package report

import "slices"

// A chart is a chart of the page. Each point is one mark.
type chart struct {
	Kind  string     `json:"kind"` // "ratios", "latencies" or "values"
	Unit  string     `json:"unit"`
	Rows  []chartRow `json:"rows"`
	Sizes []string   `json:"sizes"`
}

// A chartRow is one implementation.
type chartRow struct {
	Impl   string  `json:"impl"`
	Ours   bool    `json:"ours"`
	Range  string  `json:"range"`  // from the smallest to the largest figure
	Label  string  `json:"label"`  // the ratio to ours
	Colour string  `json:"colour"` // its verdict
	Points []point `json:"points"`
}

// A point is one figure: a ratio, a value, or a quantile.
type point struct {
	Size   int     `json:"size"` // its index
	At     float64 `json:"at"`
	Lo     float64 `json:"lo"` // both At if there is no interval
	Hi     float64 `json:"hi"`
	Colour string  `json:"colour"`
	Text   string  `json:"text"` // all of it in words
	Name   string  `json:"name"` // of a quantile
}

// Marks counts the points.
func (c chart) Marks() (n int) {
	for _, row := range c.Rows {
		n += len(row.Points)
	}
	return n
}

// mostFacets is the limit of sizes in a chart of quantiles.
const mostFacets = 6

// Chart returns the chart of a benchmark: quantiles if there are latencies, ratios if
// another implementation was measured, else values.
func (bm benchmark) Chart() chart {
	c := chart{Unit: bm.Unit}
	for _, s := range bm.Sizes {
		c.Sizes = append(c.Sizes, s.Label)
	}
	compared := slices.ContainsFunc(bm.Columns, column.competes)
	draw := column.valuePoints
	switch {
	case len(bm.Latencies().Rows) > 0 && (len(bm.Sizes) <= mostFacets || !compared):
		c.Kind, draw = "latencies", column.quantilePoints
	case compared:
		c.Kind, draw = "ratios", column.ratioPoints
	default:
		c.Kind = "values"
	}
	for _, col := range bm.Columns {
		if c.Kind == "ratios" && col.Harness() {
			continue
		}
		row := chartRow{
			Impl: col.Impl, Ours: col.Ours(), Range: col.spread(bm.Unit),
			Label: overall(col), Colour: col.Overall.Verdict.String(), Points: draw(col, bm),
		}
		if row.Label == "" && col.errors() != "" {
			row.Label = "failed"
		}
		c.Rows = append(c.Rows, row)
	}
	return c
}

// ratioPoints returns the ratio of an implementation to ours at each size.
func (c column) ratioPoints(bm benchmark) []point {
	points := []point{}
	for i, cell := range c.Cells {
		e := cell.Against.Ratio
		switch {
		case c.Ours() && cell.Good():
			e = Estimate{Mid: 1}
		case cell.Against.Verdict == Incomparable || e.Mid == 0:
			continue
		}
		p := newPoint(i, e, cell.Against.Verdict)
		p.Text = c.Impl + bm.Sizes[i].at() + ": " + cell.Text(bm.Unit)
		if cell.Judged() {
			p.Text += ", " + cell.Against.Detail()
		}
		points = append(points, p)
	}
	return points
}

func (c column) valuePoints(bm benchmark) []point {
	points := []point{}
	for i, cell := range c.Cells {
		if cell.Good() {
			p := newPoint(i, cell.Value, Incomparable)
			p.Text = c.Impl + bm.Sizes[i].at() + ": " + cell.Text(bm.Unit)
			p.Name = cell.Text(bm.Unit)
			points = append(points, p)
		}
	}
	return points
}

func (c column) quantilePoints(bm benchmark) []point {
	points := []point{}
	for i, cell := range c.Cells {
		if cell.latency == nil || cell.Failed > 0 {
			continue
		}
		for _, quantile := range quantiles {
			if d, ok := cell.latency.Quantile(quantile.Share); ok {
				p := newPoint(i, Estimate{Mid: float64(d)}, cell.Against.Verdict)
				p.Name = quantile.Name
				p.Text = c.Impl + bm.Sizes[i].at() + ": " + quantile.Name + " " + figure(float64(d), "ns")
				points = append(points, p)
			}
		}
	}
	return points
}

func newPoint(size int, e Estimate, v Verdict) point {
	p := point{Size: size, At: e.Mid, Lo: e.Mid, Hi: e.Mid, Colour: v.String()}
	if e.Bounded {
		p.Lo, p.Hi = e.Lo, e.Hi
	}
	return p
}
