package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteSummary writes the summary of all benchmarks as Markdown.
func WriteSummary(w io.Writer, r *Results) error {
	m := new(markdown)
	m.heads(4, "case", "benchmark", "lowest cost", "difference")
	for _, bm := range benchmarks(r) {
		a := bm.result()
		m.row(m.safe(bm.Name), m.safe(bm.Title), m.safe(a.Winner), m.safe(a.Margin)+sep("; failed: ", m.safe(a.Failed)))
	}
	m.line(m.source(r))
	return m.write(w)
}

// WriteTargets writes the targets that the run measured as Markdown.
func WriteTargets(w io.Writer, r *Results) error {
	m := new(markdown)
	all, omitted := TargetResults(r)
	m.line(aboutTargets(omitted))
	m.targets(all)
	m.line(m.source(r))
	return m.write(w)
}

// WriteImpls writes the implementations, their versions and their setups as Markdown.
func WriteImpls(w io.Writer, r *Results) error {
	m := new(markdown)
	m.impls(r)
	return m.write(w)
}

// WriteMachine writes the description of the run and its machine as Markdown.
func WriteMachine(w io.Writer, r *Results) error {
	m := new(markdown)
	m.machine(r)
	return m.write(w)
}

// WriteSizes writes a table of one case at all its sizes as Markdown, with millrace and the
// given implementations. It fails if the case or an implementation is missing.
func WriteSizes(w io.Writer, r *Results, name string, impls []string) error {
	bm, ok := benchmarkOf(r, name)
	if !ok {
		return fmt.Errorf("no case %q in the results", name)
	}
	var columns []column
	for _, name := range append([]string{Millrace}, impls...) {
		col, ok := bm.of(name)
		if !ok {
			return fmt.Errorf("no implementation %q in the case %q", name, bm.Name)
		}
		columns = append(columns, col)
	}
	m := new(markdown)
	names := []string{bm.Unit + sep("; ", m.safe(strings.Join(bm.Shared, ", ")))}
	for _, col := range columns {
		names = append(names, m.safe(col.Impl))
	}
	m.heads(1, names...)
	for i, s := range bm.Sizes {
		row := []string{m.safe(s.Label)}
		for _, col := range columns {
			text := col.Cells[i].Text(bm.Unit)
			if col.Cells[i].Judged() {
				text += ", " + col.Cells[i].Against.String()
			}
			row = append(row, text)
		}
		m.row(row...)
	}
	m.line(m.source(r))
	return m.write(w)
}

// A Row compares millrace with another implementation in one cell.
type Row struct {
	Label                    string // "" is the title of the case
	Results                  *Results
	Case, Params, Unit, Impl string
}

// WriteRows writes a table of comparisons as Markdown. It fails if a figure is missing.
func WriteRows(w io.Writer, rows []Row) error {
	m := new(markdown)
	m.heads(1, "benchmark", "millrace", "compared with", "ratio (other / millrace)")
	for _, row := range rows {
		cells, err := row.cells()
		if err != nil {
			return err
		}
		for i, text := range cells {
			cells[i] = m.safe(text)
		}
		m.row(cells...)
	}
	sources := make(map[string]bool)
	for _, row := range rows {
		if s := m.source(row.Results); !sources[s] {
			sources[s] = true
			m.line(s)
		}
	}
	return m.write(w)
}

func (row Row) cells() ([]string, error) {
	bm, ok := benchmarkOf(row.Results, row.Case)
	if !ok {
		return nil, fmt.Errorf("no case %q in the results", row.Case)
	}
	found := make(map[string]cell)
	for _, c := range row.Results.Cells {
		if c.Case == row.Case && c.Params == row.Params {
			found[c.Impl] = newCell(c, row.Unit)
		}
	}
	for _, name := range []string{Millrace, row.Impl} {
		if !found[name].Good() {
			return nil, fmt.Errorf("no %s of %s/%s/impl=%s in the results", row.Unit, row.Case, row.Params, name)
		}
	}
	ours, other := found[Millrace], found[row.Impl]
	ratio := center(values(paired(other.runs, ours.runs, row.Unit, logRatio))).exp()
	label := row.Label
	if label == "" {
		label = bm.Title
	}
	return []string{label, ours.Text(row.Unit), row.Impl + " " + other.Text(row.Unit), interval(ratio, digits)}, nil
}

// WritePicture writes a chart of the results, whose files are in a folder, as HTML for
// Markdown. It fails if the results have no such chart.
func WritePicture(w io.Writer, r *Results, name, folder string) error {
	for _, c := range charts {
		if c.name == name && c.draw(r, schemes[0]) != "" {
			_, err := io.WriteString(w, c.html(folder)+"\n")
			return err
		}
	}
	return fmt.Errorf("no chart %q of the results", name)
}

// html is the element of a picture whose files are in a folder.
func (p picture) html(folder string) string {
	light, dark := folder+p.file(schemes[0]), folder+p.file(schemes[1])
	return fmt.Sprintf(`<picture><source media="(prefers-color-scheme: dark)" srcset="%s"><img src="%s" alt="%s"></picture>`, dark, light, p.alt)
}

// source describes the origin of figures.
func (m *markdown) source(r *Results) string {
	s := "Source: `" + strings.ReplaceAll(r.run(), "`", "'") + "`, " + r.Begun.UTC().Format("2 January 2006") + sep(", ", m.safe(r.machine()))
	if r.Interrupted {
		s += "; interrupted"
	}
	return s + "; medians, " + r.runs() + ", 95" + nbsp + "% intervals in brackets."
}
