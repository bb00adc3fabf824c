package report

import (
	"embed"
	"html/template"
	"io"
	"strings"
)

// The page and what it needs, all in one file: it makes no request.
//
// Charts are drawn by Observable Plot on D3, as published on npm, in the browser: its
// SVG takes the page's fonts and colours, fits any width, and half a megabyte is half
// of what ECharts is. Go's own plotting libraries, gonum/plot among them, write SVG
// of one size and one set of colours, which is neither light and dark nor for a
// phone. Plot draws the same page again from the figures in it if its window
// changes. Both are under the ISC licence and kept up by the same people.
//
//go:embed page/page.html page/page.css page/page.js lib/d3.min.js lib/plot.min.js lib/d3.LICENSE lib/plot.LICENSE lib/plot-deps.LICENSE
var files embed.FS

func file(name string) string {
	data, err := files.ReadFile(name)
	if err != nil {
		panic(err) // it is embedded
	}
	return string(data)
}

// A page is what the template is filled with.
type page struct {
	R           *Results
	Title       string
	Interrupted string
	Date        string
	Machine     string
	Run         string
	Benchmarks  []benchmark
	Targets     []TargetResult
	About       string // the targets
	Reading     []string
	Facts       [][2]string
	Style       template.CSS
	Scripts     []template.JS
	Licences    string
}

// WriteHTML writes the report as a page of its own.
func WriteHTML(w io.Writer, r *Results) error {
	t := template.New("page").Funcs(template.FuncMap{"join": strings.Join, "result": benchmark.result})
	t, err := t.Parse(file("page/page.html"))
	if err != nil {
		return err
	}
	p := page{
		R: r, Title: title, Date: r.Begun.UTC().Format("2 January 2006"), Machine: r.machine(), Run: r.run(),
		Benchmarks: benchmarks(r), Targets: TargetResults(r), About: aboutTargets, Reading: reading, Facts: r.facts(), Style: template.CSS(file("page/page.css")),
		Licences: "D3\n\n" + file("lib/d3.LICENSE") + "\nObservable Plot\n\n" + file("lib/plot.LICENSE") + "\n" + file("lib/plot-deps.LICENSE"),
	}
	if r.Interrupted {
		p.Interrupted = interrupted
	}
	for _, name := range []string{"lib/d3.min.js", "lib/plot.min.js", "page/page.js"} {
		p.Scripts = append(p.Scripts, template.JS(file(name)))
	}
	return t.Execute(w, p)
}
