package report

import (
	"cmp"
	"slices"
	"strings"
)

// A Target is a bound that millrace is to reach in a case.
//
// Mean and Each bound the ratio of what another implementation needs to what ours needs:
// Mean bounds the geometric mean over the sizes, Each bounds the ratio at each size. With
// several implementations the bound holds for each of them. Most bounds the figure of ours
// at each size or, with other implementations, its excess over theirs.
type Target struct {
	What string // a noun for the table

	Case  string
	Sizes string   // as those of a Cell, with alternatives: "procs=2/workers=2,8" is two
	Unit  string   // of what is compared, less is better; "" is the case's
	Ours  string   // "" is Millrace
	Over  []string // the implementations it is compared with

	Mean, Each float64 // at least; 0 is no bound
	Most       float64 // at most; 0 is no bound

	Ops int // operations that a run needs for the unit to have a value; 0 if any number does
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

// Impls returns the implementations whose cells are needed, ours first.
func (t Target) Impls() []string { return append([]string{t.ours()}, t.Over...) }

func (t Target) ours() string { return cmp.Or(t.Ours, Millrace) }

// A Status is the state of a target.
type Status int

// The statuses, from best to worst. A target has the worst status of its parts.
const (
	Met         Status = iota
	TooNoisy           // the interval contains the bound and is wide
	NotMeasured        // not all of its cells
	Missed
)

// String names the status.
func (s Status) String() string {
	return [...]string{"met", "too noisy", "not measured", "missed"}[s]
}

// A TargetResult is the state of a target in a run.
type TargetResult struct {
	What     string
	Case     string
	Bound    string // the value to reach
	Measured string // the value, with its 95 % interval
	Status   Status
}

// Class returns the style of the status, which is that of a Verdict.
func (s TargetResult) Class() Verdict { return [...]Verdict{More, Noisy, Incomparable, Less}[s.Status] }

// TargetResults returns the results of the targets that a run measured, and the number of
// the others.
func TargetResults(r *Results) (all []TargetResult, omitted int) {
	for _, t := range Targets() {
		if s := t.Evaluate(r); s.Status != NotMeasured {
			all = append(all, s)
		} else {
			omitted++
		}
	}
	return all, omitted
}

// Evaluate returns the state of the target in a run.
func (t Target) Evaluate(r *Results) TargetResult {
	m := t.measure(r)
	s := TargetResult{What: t.What, Case: t.Case, Bound: t.bound(m.unit)}
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

// bound describes the bound.
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
