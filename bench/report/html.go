package report

import (
	"embed"
	"html/template"
	"io"
	"strings"
)

// The page is one file that makes no request.
//
// Observable Plot on D3 draws the charts in the browser, in the fonts and colours of the
// page and at any width; both are the versions published on npm. Go's plotting libraries,
// such as gonum/plot, write SVG of one size and one set of colours.
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

// A page is the data of the template.
type page struct {
	R           *Results
	Title       string
	Interrupted string
	Date        string
	Machine     string
	Run         string
	Charts      []template.HTML
	Benchmarks  []benchmark
	Targets     []TargetResult
	About       string // of the targets
	Reading     []string
	Facts       [][2]string
	Style       template.CSS
	Scripts     []template.JS
	Licences    string
}

// WriteHTML writes the report as a page.
func WriteHTML(w io.Writer, r *Results) error {
	t := template.New("page").Funcs(template.FuncMap{"join": strings.Join, "result": benchmark.result})
	t, err := t.Parse(file("page/page.html"))
	if err != nil {
		return err
	}
	p := page{
		R: r, Title: title, Date: r.Begun.UTC().Format("2 January 2006"), Machine: r.machine(), Run: r.run(),
		Benchmarks: benchmarks(r), Reading: reading, Facts: r.facts(), Style: template.CSS(file("page/page.css")),
		Licences: "D3\n\n" + file("lib/d3.LICENSE") + "\nObservable Plot\n\n" + file("lib/plot.LICENSE") + "\n" + file("lib/plot-deps.LICENSE"),
	}
	var omitted int
	p.Targets, omitted = TargetResults(r)
	p.About = aboutTargets(omitted)
	for _, c := range charts {
		if svg := c.draw(r, pageScheme); svg != "" {
			p.Charts = append(p.Charts, template.HTML(svg))
		}
	}
	if r.Interrupted {
		p.Interrupted = interrupted
	}
	for _, name := range []string{"lib/d3.min.js", "lib/plot.min.js", "page/page.js"} {
		p.Scripts = append(p.Scripts, template.JS(file(name)))
	}
	return t.Execute(w, p)
}
