package report

import (
	"cmp"
	"fmt"
	"html"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Charts returns the charts of a report as SVG files by their names, each for a light and
// a dark page. It omits a chart whose cells were not measured.
func Charts(r *Results) map[string][]byte {
	files := make(map[string][]byte)
	for _, c := range charts {
		for _, s := range schemes {
			if svg := c.draw(r, s); svg != "" {
				files[c.file(s)] = []byte(svg)
			}
		}
	}
	return files
}

// A picture is a chart that stands alone.
type picture struct {
	name string
	alt  string
	draw func(r *Results, s scheme) string // "" if nothing was measured
}

var charts = []picture{
	{"noop", "Per-task overhead of millrace, a channel and other pools", drawOverhead},
	{"latency", "Start latency quantiles of millrace, a channel and other pools", drawLatency},
}

func (p picture) file(s scheme) string { return p.name + "-" + s.name + ".svg" }

// A scheme has the colours of a light or a dark page.
type scheme struct{ name, page, text, soft, grid, ours, others string }

var schemes = []scheme{
	{"light", "#ffffff", "#1f2328", "#59636e", "#d8dee4", "#0b62b8", "#929ba5"},
	{"dark", "#0d1117", "#f0f6fc", "#9198a1", "#30363d", "#74b6f5", "#7d8590"},
}

// pageScheme takes the colours of the page around a chart.
var pageScheme = scheme{"page", "var(--page)", "var(--text)", "var(--soft)", "var(--grid)", "var(--ours)", "var(--even)"}

// Measures of a chart, in pixels.
const (
	chartWidth  = 760.0
	chartLeft   = 112.0 // of the axis
	chartTop    = 58.0  // of the rows
	chartBottom = 48.0  // height of the axis
	rowHeight   = 25.0
)

// An svg is a drawing of the width chartWidth.
type svg struct {
	strings.Builder
	scheme
}

// put adds an element.
func (d *svg) put(format string, args ...any) { fmt.Fprintf(d, "  "+format+"\n", args...) }

// text adds a text that starts, ends or is centred at x.
func (d *svg) text(x, y float64, anchor, class, text string) {
	d.put(`<text x="%.1f" y="%.1f" text-anchor="%s" class="%s">%s</text>`, x, y, anchor, class, html.EscapeString(text))
}

// ink returns the colour of an implementation.
func (d *svg) ink(c column) string {
	if c.Ours() {
		return d.ours
	}
	return d.others
}

// name adds the name of an implementation.
func (d *svg) name(y float64, c column) {
	class := "text"
	if c.Ours() {
		class = "ours"
	}
	d.text(0, y+4, "start", class, c.Impl)
}

// tick adds a line of the grid at x.
func (d *svg) tick(x, top, bottom float64, label string) {
	d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s"/>`, x, top, x, bottom, d.grid)
	d.text(x, bottom+17, "middle", "soft", label)
}

// finish returns the drawing.
func (d *svg) finish(height float64, title, subtitle string) string {
	var b strings.Builder
	fmt.Fprintf(&b, `<svg xmlns="http://www.w3.org/2000/svg" width="%.0f" height="%.0f" viewBox="0 0 %.0f %.0f" role="img" class="chart">`+"\n", chartWidth, height, chartWidth, height)
	fmt.Fprintf(&b, "  <title>%s</title>\n", html.EscapeString(title))
	fmt.Fprintf(&b, `  <style>.chart text { font: 13px -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, "DejaVu Sans", sans-serif; fill: %s }`+
		" .chart .title { font-size: 17px; font-weight: 600 } .chart .head, .chart .ours { font-weight: 600 } .chart .ours { fill: %s } .chart .soft { font-size: 12px; fill: %s }</style>\n", d.scheme.text, d.ours, d.soft)
	top := svg{scheme: d.scheme}
	top.text(0, 17, "start", "title", title)
	top.text(0, 37, "start", "soft", subtitle)
	return b.String() + top.String() + d.String() + "</svg>\n"
}

// overheadSize is the size in the chart of the overhead.
const overheadSize = "procs=2/workers=8/submitters=8"

// drawOverhead draws a bar for the cost of a no-op task with each implementation.
func drawOverhead(r *Results, s scheme) string {
	bm, ok := benchmarkOf(r, "noop")
	size := slices.IndexFunc(bm.Sizes, func(s size) bool { return s.Params == overheadSize })
	if !ok || size < 0 {
		return ""
	}
	columns := slices.DeleteFunc(slices.Clone(bm.Columns), func(c column) bool { return c.Harness() || !c.Cells[size].Good() })
	slices.SortStableFunc(columns, func(a, b column) int { return cmp.Compare(a.Cells[size].Value.Mid, b.Cells[size].Value.Mid) })
	most := 0.0
	for _, c := range columns {
		most = max(most, c.Cells[size].Value.Mid, c.Cells[size].Value.Hi)
	}
	if most == 0 {
		return ""
	}
	const labels = 170.0 // width of the figures behind the bars
	x := func(v float64) float64 { return chartLeft + v/most*(chartWidth-chartLeft-labels) }
	d := &svg{scheme: s}
	bottom := chartTop + float64(len(columns))*rowHeight
	step := tickStep(most)
	for v := 0.0; v <= most; v += step {
		d.tick(x(v), chartTop-6, bottom, fmt.Sprintf("%.0f", v))
	}
	for i, c := range columns {
		y := chartTop + (float64(i)+0.5)*rowHeight - 3
		cell := c.Cells[size]
		e := cell.Value
		d.name(y, c)
		d.put(`<rect x="%.1f" y="%.1f" width="%.1f" height="14" rx="2" fill="%s"/>`, chartLeft, y-7, x(e.Mid)-chartLeft, d.ink(c))
		end := x(e.Mid)
		if e.Bounded {
			end = max(end, x(e.Hi))
			d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="1.5"/>`, x(e.Lo), y, x(e.Hi), y, d.scheme.text)
		}
		label := cell.Text(bm.Unit)
		if cell.Judged() && !cell.Value.wide() {
			label += "  (" + cell.Against.String() + ")"
		}
		class := "soft"
		if c.Ours() {
			class = "ours"
		}
		d.text(end+8, y+4, "start", class, label)
	}
	d.text(chartLeft, bottom+38, "start", "soft", "time per task (ns), with 95 % intervals; in brackets the ratio to millrace")
	return d.finish(bottom+chartBottom, bm.Title, settings(overheadSize)+"; less is better")
}

// tickStep returns a step that divides an axis into about five parts.
func tickStep(most float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(most/5)))
	for _, digit := range []float64{1, 2, 5} {
		if most/(digit*power) <= 6 {
			return digit * power
		}
	}
	return 10 * power
}

// drawLatency draws the latency quantiles of each implementation, with a group for each gap
// between tasks of a submitter that blocks.
func drawLatency(r *Results, s scheme) string {
	const blocks = "/blocks=1"
	bm, ok := benchmarkOf(r, "latency")
	if !ok {
		return ""
	}
	d := &svg{scheme: s}
	lo, hi := math.Inf(1), 0.0
	type row struct {
		column
		values map[string]float64
	}
	type group struct {
		head string
		rows []row
	}
	var groups []group
	var common string
	for i, size := range bm.Sizes {
		if !strings.Contains(size.Params, blocks) {
			continue
		}
		before, gap, _ := strings.Cut(size.Params, blocks+"/gap-us=")
		microseconds, err := strconv.ParseFloat(gap, 64)
		if err != nil {
			continue
		}
		common = before
		g := group{head: "a task every " + duration(1000*microseconds)}
		for _, c := range bm.Columns {
			cell := c.Cells[i]
			if c.Harness() || !cell.Good() || cell.latency == nil {
				continue
			}
			values := make(map[string]float64)
			for _, q := range quantiles {
				if v, ok := cell.latency.Quantile(q.Share); ok {
					values[q.Name] = float64(v)
					lo, hi = min(lo, float64(v)), max(hi, float64(v))
				}
			}
			if len(values) > 0 {
				g.rows = append(g.rows, row{c, values})
			}
		}
		slices.SortStableFunc(g.rows, func(a, b row) int { return cmp.Compare(a.values["p50"], b.values["p50"]) })
		if len(g.rows) > 0 {
			groups = append(groups, g)
		}
	}
	if len(groups) == 0 {
		return ""
	}
	first, last := math.Floor(math.Log10(lo)), math.Log10(1.2*hi)
	x := func(v float64) float64 {
		return chartLeft + (math.Log10(v)-first)/(last-first)*(chartWidth-chartLeft-24)
	}
	height := 0.0
	for _, g := range groups {
		height += float64(len(g.rows)+1)*rowHeight + 6
	}
	top := chartTop + 22
	bottom := top + height
	for e := first; e <= last; e++ {
		d.tick(x(math.Pow(10, e)), top, bottom, duration(math.Pow(10, e)))
	}
	at := chartLeft
	for _, q := range quantiles {
		d.mark(q.Name, at, chartTop-1, d.soft)
		d.text(at+10, chartTop+3, "start", "soft", q.Name)
		at += 66
	}
	y := top
	for _, g := range groups {
		d.text(0, y+rowHeight/2+4, "start", "head", g.head)
		y += rowHeight
		for _, row := range g.rows {
			middle := y + rowHeight/2 - 3
			d.name(middle, row.column)
			ends := slices.Sorted(maps.Values(row.values))
			d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="1.5" stroke-opacity="0.5"/>`,
				x(ends[0]), middle, x(ends[len(ends)-1]), middle, d.ink(row.column))
			for _, q := range slices.Backward(quantiles) {
				if v, ok := row.values[q.Name]; ok {
					d.mark(q.Name, x(v), middle, d.ink(row.column))
				}
			}
			y += rowHeight
		}
		y += 6
	}
	d.text(chartLeft, bottom+38, "start", "soft", "time from the submission to the start of the task (log scale)")
	return d.finish(bottom+chartBottom, bm.Title, settings(common)+", the submitter blocks between tasks; less is better")
}

// duration writes nanoseconds in the largest unit that has no fraction.
func duration(ns float64) string {
	text := time.Duration(ns).String()
	digits := strings.TrimRight(text, "nµms")
	return digits + nbsp + text[len(digits):]
}

// mark adds the mark of a quantile.
func (d *svg) mark(quantile string, x, y float64, ink string) {
	switch quantile {
	case "p50":
		d.put(`<circle cx="%.1f" cy="%.1f" r="5" fill="%s"/>`, x, y, ink)
	case "p90":
		d.put(`<circle cx="%.1f" cy="%.1f" r="3" fill="%s"/>`, x, y, ink)
	case "p99":
		d.put(`<circle cx="%.1f" cy="%.1f" r="4" fill="%s" stroke="%s" stroke-width="1.6"/>`, x, y, d.page, ink)
	default:
		d.put(`<line x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f" stroke="%s" stroke-width="2.4"/>`, x, y-6, x, y+6, ink)
	}
}

// settings describes the parameters of a size.
func settings(params string) string {
	var all []string
	for part := range strings.SplitSeq(params, "/") {
		key, value, _ := strings.Cut(part, "=")
		if key == "procs" {
			key, value = value, "GOMAXPROCS"
		}
		all = append(all, value+" "+key)
	}
	return strings.Join(all, ", ")
}
