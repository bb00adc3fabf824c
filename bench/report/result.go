package report

import (
	"fmt"
	"strings"
)

// An answer is the verdict on a benchmark: who needs least, and by how much.
//
// The sizes of a case count alike: implementations are ranked by the geometric mean of their
// ratios to ours. Best is who needs least of those that were measured without a
// failure. It wins if it differs from the next by more than chance.
type result struct {
	Verdict Verdict // of the best implementation against ours
	Winner  string
	Margin  string
	Sizes   string // at how many sizes we are where; "" for a single one
	Against string // the baseline: how ours stands to it
	Failed  string // who failed, us included
}

// Judged reports whether somebody won, or nobody did by as much as could be told.
func (a result) Judged() bool { return a.Verdict >= Less && a.Verdict != Noisy }

// answer answers the benchmark.
func (bm benchmark) result() result {
	a := result{Against: bm.against(), Failed: bm.failed()}
	us, ok := bm.of(Millrace)
	best, found := bm.best()
	switch {
	case len(bm.Columns) == 1:
		a.Winner, a.Margin = "–", bm.Columns[0].Impl+": "+bm.Columns[0].spread(bm.Unit)
		return a
	case ok && us.good() == 0:
		a.Winner, a.Margin = "–", oneLine(us.errors())
		return a
	case !ok:
		a.Winner, a.Margin = "–", "millrace was not measured"
		return a
	case !found:
		a.Winner, a.Margin = "–", "nobody to compare with"
		return a
	}
	ratio := best.Overall.Ratio
	a.Verdict = best.Overall.Verdict
	switch a.Verdict {
	case More:
		a.Winner, a.Margin = Millrace, less(ratio.inverse(), best.Impl)
	case Less:
		a.Winner, a.Margin = best.Impl, less(ratio, Millrace)+bm.place()
	case Same:
		a.Winner, a.Margin = Millrace+" and "+best.Impl, "no difference that could be told ("+between(ratio)+")"
	case Noisy:
		a.Winner, a.Margin = "too noisy to judge", best.Impl+" against millrace: "+between(ratio)
	case TooFew:
		a.Winner, a.Margin = "too few runs to judge", fmt.Sprintf("6 are needed, there %s", wereRuns(ratio.N))
	}
	if of := len(bm.Sizes); best.Of < of {
		a.Margin += fmt.Sprintf(", at %d of %d sizes", best.Of, of)
	}
	a.Sizes = bm.tally(us)
	return a
}

func wereRuns(n int) string {
	if n == 1 {
		return "was 1"
	}
	return fmt.Sprintf("were %d", n)
}

// less writes how much less somebody needs than another, from twice on as a factor.
func less(e Estimate, than string) string {
	share := func(ratio float64) string {
		return strings.TrimSuffix(strings.TrimLeft(percent(ratio), "−+"), nbsp+"%")
	}
	form := "%s" + nbsp + "%% less than " + escaped(than)
	if e.Mid <= 0.5 {
		share = func(ratio float64) string { return digits(1 / ratio) }
		form = escaped(than) + " needs %s times as much"
	}
	interval := share(e.Hi) + nbsp + "to" + nbsp + share(e.Lo)
	if e.wide() {
		return fmt.Sprintf(form, interval)
	}
	return fmt.Sprintf(form, share(e.Mid)) + " (" + interval + ")"
}

// escaped makes a name a part of a format.
func escaped(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// best returns who needs least, of the others that were measured at the most sizes.
func (bm benchmark) best() (best column, found bool) {
	for _, c := range bm.Columns { // from least to most
		if c.competes() && c.errors() == "" && c.Of > best.Of {
			best, found = c, true
		}
	}
	return best, found
}

// competes reports whether a column is of an implementation that was compared with ours. Our
// own variants, called millrace-something, are no implementations.
func (c column) competes() bool {
	return c.Impl != Millrace && !strings.HasPrefix(c.Impl, Millrace+"-") && c.Overall.Verdict != Incomparable
}

// good returns at how many sizes there are figures.
func (c column) good() (n int) {
	for _, cell := range c.Cells {
		if cell.Good() {
			n++
		}
	}
	return n
}

// errors returns why a column failed, the first reason only.
func (c column) errors() string {
	for _, cell := range c.Cells {
		if cell.Err != "" {
			return cell.Err
		}
	}
	return ""
}

// place says which of how many we are, where somebody is before us.
func (bm benchmark) place() string {
	before, of := 0, 1
	for _, c := range bm.Columns {
		if c.competes() {
			of++
			if c.Overall.Verdict == Less {
				before++
			}
		}
	}
	if before < 2 {
		return ""
	}
	return fmt.Sprintf("; %d of %d need less than millrace", before, of)
}

// tally says at how many sizes we need less than all others, and so on.
func (bm benchmark) tally(us column) string {
	if len(bm.Sizes) < 2 {
		return ""
	}
	var least, more, open int
	for i := range bm.Sizes {
		if !us.Cells[i].Good() {
			continue
		}
		switch bm.at(i) {
		case More:
			least++
		case Less:
			more++
		default:
			open++
		}
	}
	var parts []string
	for _, p := range []struct {
		n    int
		what string
	}{{least, "least at %d"}, {more, "more than another at %d"}, {open, "undecided at %d"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf(p.what, p.n))
		}
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(" of %d", len(bm.Sizes))
}

// at judges the others together at a size: Less if one of them needs less than us,
// More if all need more.
func (bm benchmark) at(size int) Verdict {
	all := Incomparable
	for _, c := range bm.Columns {
		switch v := c.Cells[size].Against.Verdict; {
		case !c.competes() || v == Incomparable:
		case v == Less:
			return Less
		case v == More && all == Incomparable:
			all = More
		case v != More:
			all = Noisy
		}
	}
	return all
}

// against says how ours stands to the baseline.
func (bm benchmark) against() string {
	c, ok := bm.of(Channel)
	if !ok || c.Overall.Verdict == Incomparable {
		return ""
	}
	j := c.Overall
	j.Ratio = j.Ratio.inverse()
	return j.Detail()
}

// failed names those who failed.
func (bm benchmark) failed() string {
	var who []string
	for _, c := range bm.Columns {
		if c.errors() != "" {
			who = append(who, c.Impl)
		}
	}
	return strings.Join(who, ", ")
}
