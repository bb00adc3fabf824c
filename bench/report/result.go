package report

import (
	"fmt"
	"strings"
)

// A result names the implementation of the lowest cost in a benchmark, and the difference.
//
// Implementations are ranked by the geometric mean of their ratios to ours, in which each
// size has the same weight. Those that failed are not ranked. The best other implementation
// is compared with ours; if the two do not differ significantly, neither wins.
type result struct {
	Verdict Verdict // of the best other implementation, compared with ours
	Winner  string
	Margin  string
	Sizes   string // the rank of ours by size; "" for a single size
	Against string // the ratio of ours to the channel
	Failed  string // names of the implementations that failed
}

// result returns the result of the benchmark.
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
		a.Winner, a.Margin = "–", "no comparison"
		return a
	}
	ratio := best.Overall.Ratio
	a.Verdict = best.Overall.Verdict
	switch a.Verdict {
	case More:
		a.Winner, a.Margin = Millrace, less(ratio.inverse(), best.Impl)
	case Less:
		a.Winner, a.Margin = best.Impl, less(ratio, Millrace)+bm.rank()
	case Same:
		a.Winner, a.Margin = Millrace+" and "+best.Impl, "no significant difference ("+between(ratio)+")"
	case Noisy:
		a.Winner, a.Margin = "undecided", "too noisy: "+best.Impl+" relative to millrace "+between(ratio)
	case TooFew:
		a.Winner, a.Margin = "undecided", fmt.Sprintf("too few runs: %d of 6", ratio.N)
	}
	if of := len(bm.Sizes); best.Of < of {
		a.Margin += fmt.Sprintf(", at %d of %d sizes", best.Of, of)
	}
	a.Sizes = bm.tally(us)
	return a
}

// less writes the reduction relative to another implementation, as a factor from 2 on.
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

// escaped escapes a name for a format.
func escaped(s string) string { return strings.ReplaceAll(s, "%", "%%") }

// best returns the other implementation of the lowest cost, among those measured at the
// most sizes.
func (bm benchmark) best() (best column, found bool) {
	for _, c := range bm.Columns { // from least to most
		if c.competes() && c.errors() == "" && c.Of > best.Of {
			best, found = c, true
		}
	}
	return best, found
}

// competes reports whether a column is compared with ours. Variants of millrace, named
// millrace-something, do not compete.
func (c column) competes() bool {
	return c.Impl != Millrace && !strings.HasPrefix(c.Impl, Millrace+"-") && c.Overall.Verdict != Incomparable
}

// good returns the number of sizes with figures.
func (c column) good() (n int) {
	for _, cell := range c.Cells {
		if cell.Good() {
			n++
		}
	}
	return n
}

// errors returns the first error of a column, "" if there is none.
func (c column) errors() string {
	for _, cell := range c.Cells {
		if cell.Err != "" {
			return cell.Err
		}
	}
	return ""
}

// rank counts the implementations ahead of ours, if there are several.
func (bm benchmark) rank() string {
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
	return fmt.Sprintf("; %d of %d are below millrace", before, of)
}

// tally counts the sizes at which ours has the lowest cost, a higher one, or neither.
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
	}{{least, "lowest at %d"}, {more, "higher at %d"}, {open, "undecided at %d"}} {
		if p.n > 0 {
			parts = append(parts, fmt.Sprintf(p.what, p.n))
		}
	}
	return strings.Join(parts, ", ") + fmt.Sprintf(" of %d", len(bm.Sizes))
}

// at compares all others with ours at a size: Less if one of them needs less, More if all
// need more.
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

// against returns the ratio of ours to the channel.
func (bm benchmark) against() string {
	c, ok := bm.of(Channel)
	if !ok || c.Overall.Verdict == Incomparable {
		return ""
	}
	j := c.Overall
	j.Ratio = j.Ratio.inverse()
	return j.Detail()
}

// failed returns the names of the implementations that failed.
func (bm benchmark) failed() string {
	var names []string
	for _, c := range bm.Columns {
		if c.errors() != "" {
			names = append(names, c.Impl)
		}
	}
	return strings.Join(names, ", ")
}
