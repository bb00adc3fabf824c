package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteVerdict writes a table of who needs least, benchmark by question, as Markdown.
func WriteVerdict(w io.Writer, r *Results) error {
	m := new(markdown)
	m.heads(3, "benchmark", "needs least", "by how much")
	for _, bm := range benchmarks(r) {
		a := bm.result()
		m.row(m.safe(bm.Title), m.safe(a.Winner), m.safe(a.Margin)+sep("; failed: ", m.safe(a.Failed)))
	}
	m.line(m.source(r))
	_, err := io.WriteString(w, m.String())
	return err
}

// WriteSizes writes a table of one case at all its sizes, millrace and the implementations
// named, as Markdown. It fails if there is no such case, or implementation in it.
func WriteSizes(w io.Writer, r *Results, name string, impls []string) error {
	for _, bm := range benchmarks(r) {
		if bm.Name == name {
			return bm.writeSizes(w, r, impls)
		}
	}
	return fmt.Errorf("no case %q in the results", name)
}

func (bm benchmark) writeSizes(w io.Writer, r *Results, impls []string) error {
	var columns []column
	for _, name := range append([]string{Millrace}, impls...) {
		col, ok := bm.of(name)
		if !ok {
			return fmt.Errorf("no impl %q in the case %q", name, bm.Name)
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
	_, err := io.WriteString(w, m.String())
	return err
}

// source says where figures come from.
func (m *markdown) source(r *Results) string {
	s := "By `" + strings.ReplaceAll(r.run(), "`", "'") + "` of " + r.Begun.UTC().Format("2 January 2006") + sep(", ", m.safe(r.machine()))
	if r.Interrupted {
		s += "; interrupted"
	}
	return s + "; medians, " + r.runs() + ", in brackets 95" + nbsp + "% intervals."
}
