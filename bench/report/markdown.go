package report

import (
	"fmt"
	"io"
	"strings"
)

// WriteMarkdown writes the report as Markdown. It refers to the files of Charts.
func WriteMarkdown(w io.Writer, r *Results) error {
	m := new(markdown)
	m.line("# " + title)
	m.line(r.Begun.UTC().Format("2 January 2006") + sep(", ", m.safe(r.machine())) + ".")
	if r.Interrupted {
		m.line("**" + interrupted + "**")
	}
	for _, c := range charts {
		if c.draw(r, schemes[0]) != "" {
			m.line(c.html(""))
		}
	}
	all := benchmarks(r)
	m.line("## Summary")
	m.summary(all)
	if targets, omitted := TargetResults(r); len(targets) > 0 {
		m.line("## Targets")
		m.line(aboutTargets(omitted))
		m.targets(targets)
	}
	for _, bm := range all {
		m.benchmark(bm)
	}
	m.line("## Interpretation")
	for _, text := range reading {
		m.line(text)
	}
	m.line("## Implementations")
	m.impls(r)
	m.line("## Machine")
	m.machine(r)
	return m.write(w)
}

// markdown is the text of a page.
type markdown struct{ strings.Builder }

// safe escapes markup.
func (*markdown) safe(s string) string { return escaper.Replace(s) }

var escaper = strings.NewReplacer("\\", "\\\\", "|", "\\|", "<", "&lt;", "&", "&amp;", "*", "\\*", "_", "\\_", "`", "\\`",
	"[", "\\[", "\n", " ", "\r", " ")

// sep puts a separator before a text, if there is one.
func sep(by, s string) string {
	if s == "" {
		return ""
	}
	return by + s
}

// line writes a paragraph.
func (m *markdown) line(s string) {
	if m.Len() > 0 {
		m.WriteByte('\n')
	}
	m.WriteString(s + "\n")
}

// row writes a row of a table; the first row ends the paragraph before it.
func (m *markdown) row(cells ...string) {
	if s := m.String(); s != "" && !strings.HasSuffix(s, "|\n") && !strings.HasSuffix(s, "\n\n") {
		m.WriteByte('\n')
	}
	m.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// heads writes the first rows of a table: texts on the left, figures on the right.
func (m *markdown) heads(texts int, names ...string) {
	m.row(names...)
	lines := make([]string, len(names))
	for i := range lines {
		lines[i] = "---:"
		if i < texts {
			lines[i] = "---"
		}
	}
	m.row(lines...)
}

func (m *markdown) summary(all []benchmark) {
	m.heads(6, "case", "benchmark", "lowest cost", "difference", "millrace by size", "millrace relative to the channel")
	for _, bm := range all {
		a := bm.result()
		m.row(m.safe(bm.Name), m.safe(bm.Title), m.safe(a.Winner), m.safe(a.Margin)+sep("; failed: ", m.safe(a.Failed)), a.Sizes, a.Against)
	}
}

func (m *markdown) targets(all []TargetResult) {
	m.heads(5, "target", "case", "bound", "measured", "status")
	for _, s := range all {
		m.row(m.safe(s.What), m.safe(s.Case), m.safe(s.Bound), m.safe(s.Measured), s.Status.String())
	}
}

func (m *markdown) benchmark(bm benchmark) {
	m.line("## " + m.safe(bm.Name) + ": " + m.safe(bm.Title))
	m.line(m.safe(bm.Method))
	m.line("In " + m.safe(bm.Unit) + sep("; ", m.safe(strings.Join(bm.Shared, ", "))) + ".")
	m.grid(bm.Grid())
	for _, f := range bm.Failures() {
		m.line(m.safe(f) + ".")
	}
	m.table(2, bm.Latencies())
	m.table(1, bm.Others())
}

// grid writes the table of the cells.
func (m *markdown) grid(g grid) {
	text := func(e entry) string { return strings.TrimSuffix(m.safe(e.Main)+"<br>"+e.Sub, "<br>") }
	names := []string{g.Corner}
	for _, h := range g.Heads {
		names = append(names, m.safe(h.Main))
	}
	m.heads(1, names...)
	for _, row := range g.Rows {
		cells := []string{m.safe(row.Head.Main)}
		for _, e := range row.Cells {
			cells = append(cells, strings.TrimPrefix(text(e), "<br>"))
		}
		m.row(cells...)
	}
}

// overall returns the ratio of a column over all sizes.
func overall(c column) string {
	if c.Overall.Verdict == Incomparable {
		return ""
	}
	return c.Overall.String()
}

func (m *markdown) table(texts int, t table) {
	if len(t.Rows) == 0 {
		return
	}
	m.WriteByte('\n')
	m.heads(texts, t.Heads...)
	for _, row := range t.Rows {
		safe := make([]string, len(row))
		for i, s := range row {
			safe[i] = m.safe(s)
		}
		m.row(safe...)
	}
}

func (m *markdown) impls(r *Results) {
	m.heads(3, "name", "version", "setup")
	for _, v := range r.Impls {
		m.row(m.safe(v.Name), m.safe(strings.TrimSpace(v.Module+" "+v.Version)), m.safe(v.Setup))
	}
}

func (m *markdown) machine(r *Results) {
	m.row("", "")
	m.row("---", "---")
	for _, f := range r.facts() {
		m.row(f[0], m.safe(f[1]))
	}
}

func (m *markdown) write(w io.Writer) error {
	_, err := io.WriteString(w, m.String())
	return err
}

// Summary writes the summary as plain text, and the changes since an older run if there
// is one.
func Summary(w io.Writer, r, old *Results) error {
	var b strings.Builder
	if r.Interrupted {
		fmt.Fprintln(&b, interrupted)
	}
	for _, bm := range benchmarks(r) {
		a := bm.result()
		fmt.Fprintf(&b, "%s: %s\n    %s: %s%s\n", bm.Name, bm.Title, a.Winner, a.Margin, sep("; failed: ", a.Failed))
	}
	if targets, _ := TargetResults(r); len(targets) > 0 {
		fmt.Fprintln(&b, "\nTargets")
		for _, s := range targets {
			fmt.Fprintf(&b, "    %-10s  %s; %s: %s\n", s.Status, s.What, s.Bound, s.Measured)
		}
	}
	if old != nil {
		fmt.Fprintln(&b)
		if err := Compare(old, r).WriteText(&b); err != nil {
			return err
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}
