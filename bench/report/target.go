package report

import (
	"cmp"
	"slices"
	"strings"
)

// A Target is what millrace is to reach in a case.
//
// Mean and Each bound ratios, by how many times an implementation needs more than ours: Mean
// their geometric mean over the sizes, Each that at each size. Where there are
// several implementations each of them alone must be passed by as much. Most bounds
// what ours needs at each size, or, with implementations, by how much it exceeds theirs.
type Target struct {
	What string // for the table

	Case  string
	Sizes string   // as those of a Cell, with alternatives: "procs=2/workers=2,8" is two
	Unit  string   // of what is compared, less is better; "" is the case's
	Ours  string   // "" is Millrace
	Over  []string // the implementations

	Mean, Each float64 // at least; 0 is no bound
	Most       float64 // at most; 0 is no bound

	Ops int // that a run must have at least, for the unit to be told; 0 if any number does
}

// Params returns the sizes one by one.
func (t Target) Params() []string {
	all := []string{""}
	for part := range strings.SplitSeq(t.Sizes, "/") {
		key, values, _ := strings.Cut(part, "=")
		var next []string
		for _, p := range all {
			for v := range strings.SplitSeq(values, ",") {
				next = append(next, strings.TrimPrefix(p+"/"+key+"="+v, "/"))
			}
		}
		all = next
	}
	return all
}

// Impls returns whose cells are needed, ours first.
func (t Target) Impls() []string { return append([]string{t.ours()}, t.Over...) }

func (t Target) ours() string { return cmp.Or(t.Ours, Millrace) }

// A Status says how a target stands.
type Status int

// The statuses, from the best to the worst: the worst of its parts is a target's.
const (
	Met         Status = iota
	TooNoisy           // the interval has the bound in it, and is not narrow
	NotMeasured        // in part, or at all
	Missed
)

// String names the status.
func (s Status) String() string {
	return [...]string{"met", "too noisy", "not measured", "missed"}[s]
}

// A TargetResult is how a target stands in a run.
type TargetResult struct {
	What     string
	Bound    string // what is to be reached
	Measured string // how far it is, with 95 % intervals
	Status   Status
}

// Class names the colour of the status, as that of a Verdict.
func (s TargetResult) Class() Verdict { return [...]Verdict{More, Noisy, Incomparable, Less}[s.Status] }

// TargetResults returns how all targets stand, nil if none can be judged.
func TargetResults(r *Results) []TargetResult {
	all := []TargetResult{}
	judged := false
	for _, t := range Targets() {
		s := t.Evaluate(r)
		judged = judged || s.Status != NotMeasured
		all = append(all, s)
	}
	if !judged {
		return nil
	}
	return all
}

// Evaluate judges the target.
func (t Target) Evaluate(r *Results) TargetResult {
	m := t.measure(r)
	s := TargetResult{What: t.What, Bound: t.bound(m.unit)}
	if m.failed != "" {
		s.Status, s.Measured = Missed, "millrace failed: "+oneLine(m.failed)
		return s
	}
	var texts []string
	add := func(name string, bound float64, found func() []finding) {
		if bound == 0 {
			return
		}
		if all := found(); len(all) > 0 {
			worst := slices.MaxFunc(all, finding.compare)
			s.Status = max(s.Status, worst.status)
			texts = append(texts, strings.TrimSpace(name+" "+worst.text))
		}
	}
	add("mean", t.Mean, m.means)
	add("worst", t.Each, m.each)
	add("", t.Most, m.most)
	switch {
	case len(texts) == 0:
		s.Status = NotMeasured
		return s
	case m.missing > 0:
		s.Status = max(s.Status, NotMeasured)
		texts = append(texts, counted(m.missing, "cell")+" missing")
	}
	s.Measured = strings.Join(texts, "; ")
	return s
}

// bound says what is to be reached.
func (t Target) bound(unit string) string {
	them := "best other"
	if len(t.Over) == 1 {
		them = t.Over[0]
	}
	var parts []string
	if t.Mean > 0 {
		parts = append(parts, "geometric mean ≥"+nbsp+digits(t.Mean))
	}
	if t.Each > 0 {
		parts = append(parts, "each ≥"+nbsp+digits(t.Each))
	}
	switch {
	case t.Most > 0 && len(t.Over) > 0:
		return unit + ": at most " + figure(t.Most, unit) + " more than " + them
	case t.Most > 0:
		return unit + " ≤" + nbsp + figure(t.Most, unit)
	}
	return unit + ", " + them + " / ours: " + strings.Join(parts, ", ")
}
