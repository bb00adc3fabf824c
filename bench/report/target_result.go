package report

import (
	"cmp"
	"slices"
)

// measured is what a run measured for a target.
type measured struct {
	Target
	unit    string
	cells   map[[2]string]cell // by size and implementation
	missing int                // cells that were not measured
	failed  string             // why ours failed
}

func (t Target) measure(r *Results) measured {
	m := measured{Target: t, unit: t.Unit, cells: make(map[[2]string]cell)}
	if c, ok := named(r, t.Case); ok {
		m.unit = cmp.Or(m.unit, c.Unit)
	}
	m.unit = cmp.Or(m.unit, "ns/op")
	for _, c := range r.Cells {
		if c.Case == t.Case && len(c.Runs) > 0 {
			m.cells[[2]string{c.Params, c.Impl}] = newCell(c, m.unit)
		}
	}
	for _, p := range t.Params() {
		for _, impl := range t.Impls() {
			c, ok := m.cells[[2]string{p, impl}]
			if impl == t.ours() && c.Err != "" {
				m.failed = c.Err
			}
			if !ok || c.Value.N == 0 && c.Failed == 0 {
				m.missing++
			}
		}
	}
	return m
}

// A finding is one value that a target bounds.
type finding struct {
	status Status
	short  float64 // how far it is from the bound, for comparison with others
	text   string
}

// compare orders findings by status, then by how far they are from the bound.
func (f finding) compare(other finding) int {
	return cmp.Or(int(f.status-other.status), cmp.Compare(f.short, other.short))
}

// means returns the geometric mean of each implementation over all sizes.
func (m measured) means() (all []finding) {
	for _, impl := range m.Over {
		var rounds []map[int]float64
		for _, p := range m.Params() {
			rounds = append(rounds, m.ratios(p, impl))
		}
		all = m.add(all, center(values(means(rounds))).exp(), m.Mean, impl, "")
	}
	return all
}

// each returns the ratio of each implementation at each size.
func (m measured) each() (all []finding) {
	for _, p := range m.Params() {
		for _, impl := range m.Over {
			all = m.add(all, center(values(m.ratios(p, impl))).exp(), m.Each, impl, p)
		}
	}
	return all
}

// add adds a ratio that must be at least the bound, if it was measured.
func (m measured) add(all []finding, ratio Estimate, bound float64, impl, params string) []finding {
	if ratio.N == 0 {
		return all
	}
	text := interval(ratio, digits)
	if len(m.Over) > 1 {
		text += ", " + impl
	}
	return append(all, finding{atMost(ratio.inverse(), 1/bound), bound / ratio.Mid, text + m.at(params)})
}

// most returns the figure of ours at each size, or its excess over that of each other
// implementation.
func (m measured) most() (all []finding) {
	write := func(v float64) string { return figure(v, m.unit) }
	for _, p := range m.Params() {
		ours := m.cells[[2]string{p, m.ours()}]
		if len(m.Over) == 0 && ours.Good() {
			all = append(all, finding{atMost(ours.Value, m.Most), ours.Value.Mid, interval(ours.Value, write) + m.at(p)})
		}
		for _, impl := range m.Over {
			theirs := m.cells[[2]string{p, impl}]
			e := center(values(paired(ours.runs, theirs.runs, m.unit, func(a, b float64) (float64, bool) { return a - b, true })))
			if e.N > 0 && theirs.Good() {
				all = append(all, finding{atMost(e, m.Most), e.Mid, interval(e, write) + m.at(p)})
			}
		}
	}
	return all
}

// ratios returns the logarithms of the ratios of an implementation to ours, by round. It
// returns none if the implementation failed.
func (m measured) ratios(params, impl string) map[int]float64 {
	ours, theirs := m.cells[[2]string{params, m.ours()}], m.cells[[2]string{params, impl}]
	if !theirs.Good() {
		return nil
	}
	return paired(theirs.runs, ours.runs, m.unit, logRatio)
}

// at names the size, if there are several.
func (m measured) at(params string) string {
	all := m.Params()
	if params == "" || len(all) == 1 {
		return ""
	}
	var sizes []size
	for _, p := range all {
		sizes = append(sizes, size{p, p})
	}
	share(sizes)
	return " at " + sizes[slices.Index(all, params)].Label
}

// atMost returns the status of an estimate that must not exceed a bound. If the interval
// contains the bound, the bound is met if the interval is narrow and the middle does not
// exceed it. It is never missed then, because the middle of some cells in a hundred lies
// beyond the bound by chance.
func atMost(e Estimate, bound float64) Status {
	switch narrow := e.Lo > 0 && e.Hi < e.Lo*resolution*resolution; {
	case !e.Bounded:
		return TooNoisy
	case e.Hi <= bound || narrow && e.Mid <= bound:
		return Met
	case e.Lo > bound:
		return Missed
	}
	return TooNoisy
}

// interval writes an estimate with its interval.
func interval(e Estimate, write func(float64) string) string {
	if !e.Bounded {
		return write(e.Mid) + " (too few runs)"
	}
	return write(e.Mid) + " (" + write(e.Lo) + " to " + write(e.Hi) + ")"
}
