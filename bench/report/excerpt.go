package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteVerdict writes a table of who needs least, question by question, as Markdown.
func WriteVerdict(w io.Writer, r *Results) error {
	m := new(markdown)
	m.heads(3, "question", "needs least", "by how much")
	for _, q := range questions(r) {
		a := q.answer()
		m.row(m.safe(q.Question), m.safe(a.Winner), m.safe(a.Margin)+sep("; failed: ", m.safe(a.Failed)))
	}
	m.line(m.source(r))
	_, err := io.WriteString(w, m.String())
	return err
}

// WriteSizes writes a table of one case at all its sizes, millrace and the rivals
// named, as Markdown. It fails if there is no such case, or rival in it.
func WriteSizes(w io.Writer, r *Results, name string, rivals []string) error {
	for _, q := range questions(r) {
		if q.Name == name {
			return q.writeSizes(w, r, rivals)
		}
	}
	return fmt.Errorf("no case %q in the results", name)
}

func (q question) writeSizes(w io.Writer, r *Results, rivals []string) error {
	var columns []column
	for _, name := range append([]string{Millrace}, rivals...) {
		col, ok := q.of(name)
		if !ok {
			return fmt.Errorf("no rival %q in the case %q", name, q.Name)
		}
		columns = append(columns, col)
	}
	m := new(markdown)
	names := []string{q.Unit + sep("; ", m.safe(strings.Join(q.Shared, ", ")))}
	for _, col := range columns {
		names = append(names, m.safe(col.Rival))
	}
	m.heads(1, names...)
	for i, s := range q.Sizes {
		row := []string{m.safe(s.Label)}
		for _, col := range columns {
			text := col.Cells[i].Text(q.Unit)
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
