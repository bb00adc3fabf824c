package report

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
)

// differences describes what makes two runs hard to compare.
func differences(old, new *Results) (notes []string) {
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	differ := func(what, a, b string) {
		if a != b {
			note("%s: %s before, %s now", what, cmp.Or(a, "unknown"), cmp.Or(b, "unknown"))
		}
	}
	a, b := old.Machine, new.Machine
	a.Load, b.Load = "", ""
	a.Go, b.Go = "", ""
	if a != b {
		note("The machines differ, so the figures are hard to compare.")
		differ("Processor", a.CPU, b.CPU)
		differ("Processors", fmt.Sprint(a.Processors), fmt.Sprint(b.Processors))
		differ("System", a.OS+" "+a.Arch+" "+a.Kernel, b.OS+" "+b.Arch+" "+b.Kernel)
	}
	differ("Go", old.Machine.Go, new.Machine.Go)
	differ("Commit", old.commit(), new.commit())
	for _, v := range new.Impls {
		i := slices.IndexFunc(old.Impls, func(o Impl) bool { return o.Name == v.Name })
		if i >= 0 {
			differ(v.Name, old.Impls[i].Version, v.Version)
			differ("setup of "+v.Name, old.Impls[i].Setup, v.Setup)
		}
	}
	for _, c := range new.Cases {
		if o, ok := named(old, c.Name); ok && (o.Unit != c.Unit || o.Method != c.Method) {
			note("%s was measured in another way and is left out", c.Name)
		}
	}
	if n := missing(old, new); n > 0 {
		note("%s only before", counted(n, "cell"))
	}
	if n := missing(new, old); n > 0 {
		note("%s only now", counted(n, "cell"))
	}
	if len(unchanged(old, new)) == 0 {
		note("No other implementation is the same in both runs, so all changes include those of the machine.")
	}
	return notes
}

// missing counts the cells of a that are not in b.
func missing(a, b *Results) (n int) {
	has := index(b)
	for _, c := range a.Cells {
		if len(c.Runs) > 0 && len(has[key(c)].Runs) == 0 {
			n++
		}
	}
	return n
}

// A section is a group of changes.
type section struct {
	title   string
	changes []Change
}

// sections returns the changes to list, those of millrace first, then by size.
func (c *Diff) sections() []section {
	pick := func(title string, want func(Change) bool) section {
		s := section{title: title}
		for _, change := range c.Changes {
			if want(change) {
				s.changes = append(s.changes, change)
			}
		}
		return s
	}
	is := func(v Verdict) func(Change) bool {
		return func(c Change) bool { return c.Failed == "" && c.Verdict == v }
	}
	slower, faster := pick("Higher cost", is(More)), pick("Lower cost", is(Less))
	others := func(c Change) int {
		if c.Impl == Millrace {
			return 0
		}
		return 1
	}
	slices.SortStableFunc(slower.changes, func(a, b Change) int {
		return cmp.Or(others(a)-others(b), cmp.Compare(b.Ratio.Mid, a.Ratio.Mid))
	})
	slices.SortStableFunc(faster.changes, func(a, b Change) int {
		return cmp.Or(others(a)-others(b), cmp.Compare(a.Ratio.Mid, b.Ratio.Mid))
	})
	return []section{pick("Failed", func(c Change) bool { return c.Failed != "" }), slower, faster}
}

// rest counts the other changes.
func (c *Diff) rest() string {
	var n [Noisy + 1]int
	compared := 0
	for _, change := range c.Changes {
		if change.Failed == "" {
			n[change.Verdict]++
			if change.Verdict >= Less {
				compared++
			}
		}
	}
	return fmt.Sprintf("No difference: %d. Too noisy: %d. Too few runs: %d. Not comparable: %d. "+
		"Of %d comparisons, %.0f would differ by chance.",
		n[Same], n[Noisy], n[TooFew], n[Incomparable], compared, float64(compared)*(1-confidence))
}

// name returns the name of the cell.
func (c Change) name() string {
	if c.Params == "" {
		return c.Case
	}
	return c.Case + "/" + c.Params
}

// cells returns the columns of a line.
func (c Change) cells() []string {
	if c.Failed != "" {
		return []string{c.Impl, c.name(), oneLine(c.Failed)}
	}
	return []string{
		c.Impl, c.name(), figure(c.Old.Mid, c.Unit), figure(c.New.Mid, c.Unit),
		percent(c.Ratio.Mid), between(c.Ratio),
	}
}

// heads returns the names of the columns.
func (s section) heads() []string {
	if s.title == "Failed" {
		return []string{"impl", "cell", "error"}
	}
	return []string{"impl", "cell", "before", "now", "change", "95 % interval"}
}

// explanation explains the changes.
const explanation = "A change excludes that of the machine, measured by the implementations that are the same in both runs, so it may differ from the change of the medians."

// WriteText writes the changes for a terminal.
func (c *Diff) WriteText(w io.Writer) error {
	var b strings.Builder
	for _, n := range c.Notes {
		fmt.Fprintln(&b, n)
	}
	for _, s := range c.sections() {
		if len(s.changes) == 0 {
			continue
		}
		fmt.Fprintf(&b, "\n%s\n", s.title)
		t := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
		fmt.Fprintf(t, "  %s\n", strings.Join(s.heads(), "\t"))
		for _, change := range s.changes {
			fmt.Fprintf(t, "  %s\n", strings.Join(change.cells(), "\t"))
		}
		t.Flush()
	}
	fmt.Fprintf(&b, "\n%s\n%s\n", c.rest(), explanation)
	_, err := io.WriteString(w, b.String())
	return err
}

// WriteMarkdown writes the changes as Markdown.
func (c *Diff) WriteMarkdown(w io.Writer) error {
	m := new(markdown)
	m.line("# Changes")
	for _, n := range c.Notes {
		m.line(m.safe(n))
	}
	for _, s := range c.sections() {
		if len(s.changes) > 0 {
			m.line("## " + s.title)
			t := table{Heads: s.heads()}
			for _, change := range s.changes {
				t.Rows = append(t.Rows, change.cells())
			}
			m.table(2, t)
		}
	}
	m.line(c.rest())
	m.line(explanation)
	_, err := io.WriteString(w, m.String())
	return err
}
