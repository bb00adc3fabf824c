package report_test

import (
	"fmt"
	"html"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

// duels returns results of one case at two sizes, with the figures of each implementation.
func duels(needs map[string][]float64, other map[string][]float64) *report.Results {
	r := duel(needs)
	for _, c := range duel(other).Cells {
		c.Params = "n=2"
		r.Cells = append(r.Cells, c)
	}
	return r
}

type needs = map[string][]float64

var wild = []float64{150, 61, 128, 82, 196, 50, 109, 91}

func TestTargetsHaveTheirStatus(t *testing.T) {
	mean := report.Target{Case: "duel", Sizes: "n=1,2", Over: []string{"channel"}, Mean: 2}
	each := report.Target{Case: "duel", Sizes: "n=1,2", Over: []string{"channel"}, Each: 2}
	both := report.Target{Case: "duel", Sizes: "n=1,2", Over: []string{"channel"}, Mean: 2, Each: 1.5}
	most := report.Target{Case: "duel", Sizes: "n=1,2", Most: 110}
	more := report.Target{Case: "duel", Sizes: "n=1,2", Over: []string{"channel"}, Most: 10}
	of := func(by float64) needs { return needs{"millrace": eight, "channel": times(by, eight)} }
	for name, c := range map[string]struct {
		target report.Target
		r      *report.Results
		want   report.Status
	}{
		"a mean that is more":         {mean, duels(of(1.8), of(2.5)), report.Met},
		"a mean that is less":         {mean, duels(of(1.8), of(2.1)), report.Missed},
		"a mean with a size missing":  {mean, duel(of(9)), report.NotMeasured},
		"each size":                   {each, duels(of(2.1), of(2.5)), report.Met},
		"not each size":               {each, duels(of(1.8), of(9)), report.Missed},
		"one size, the other missing": {each, duel(of(9)), report.NotMeasured},
		"one size missed already":     {each, duel(of(1.8)), report.Missed},
		"both bounds":                 {both, duels(of(1.6), of(3)), report.Met},
		"the mean alone":              {both, duels(of(1.4), of(3)), report.Missed},
		"the sizes alone":             {both, duels(of(1.6), of(1.6)), report.Missed},
		"no more":                     {most, duels(of(1), of(1)), report.Met},
		"more":                        {most, duels(of(1), needs{"millrace": times(1.2, eight)}), report.Missed},
		"little more than they":       {more, duels(of(0.95), of(0.95)), report.Met},
		"much more than they":         {more, duels(of(0.95), of(0.8)), report.Missed},
		"scatter":                     {each, duels(of(3), needs{"millrace": eight, "channel": times(2, wild)}), report.TooNoisy},
		"scatter below":               {each, duels(of(3), needs{"millrace": eight, "channel": times(0.5, wild)}), report.Missed},
		"scatter of ours":             {most, duels(of(1), needs{"millrace": wild}), report.TooNoisy},
		"scatter of a difference":     {more, duels(of(1), needs{"millrace": eight, "channel": wild}), report.TooNoisy},
		"few runs":                    {each, duels(of(3), needs{"millrace": eight[:5], "channel": times(3, eight[:5])}), report.TooNoisy},
		"no comparison":               {mean, duels(needs{"millrace": eight}, needs{"millrace": eight}), report.NotMeasured},
		"nothing":                     {most, &report.Results{}, report.NotMeasured},
	} {
		s := c.target.Evaluate(c.r)
		assert.Equal(t, c.want, s.Status, "%s: %+v", name, s)
	}
}

// Goal: if a narrow interval contains the bound, the target is met if and only if the middle is
// within the bound.
func TestMiddleOfANarrowIntervalDecides(t *testing.T) {
	wobble := []float64{2.01, 1.97, 2.02, 1.98, 2.03, 1.99, 2.04, 2.005}
	channel := slices.Clone(eight)
	for i := range channel {
		channel[i] *= wobble[i]
	}
	r := duel(needs{"millrace": eight, "channel": channel})
	for bound, want := range map[float64]report.Status{2: report.Met, 2.01: report.TooNoisy} {
		s := (report.Target{Case: "duel", Sizes: "n=1", Over: []string{"channel"}, Each: bound}).Evaluate(r)
		assert.Equal(t, want, s.Status, "%v: %+v", bound, s)
	}
}

// Goal: the closest implementation and the worst size count, and are named.
func TestTheWorstIsNamed(t *testing.T) {
	r := duels(needs{"millrace": eight, "channel": times(3, eight), "other": times(6, eight)},
		needs{"millrace": eight, "channel": times(9, eight), "other": times(2.2, eight)})
	target := report.Target{Case: "duel", Sizes: "n=1,2", Over: []string{"channel", "other"}, Mean: 2, Each: 2}
	s := target.Evaluate(r)
	assert.Equal(t, report.Met, s.Status, s)
	assert.Equal(t, "mean 3.63 (3.63 to 3.63), other; worst 2.20 (2.20 to 2.20), other at n 2", s.Measured, s)
	target.Mean = 4
	s = target.Evaluate(r)
	assert.Equal(t, report.Missed, s.Status, s)
	assert.True(t, strings.HasPrefix(s.Bound, "ns/op, best other / ours: geometric mean"), s)
}

// Goal: a failure of another implementation neither meets nor misses a target. A failure of ours
// misses it.
func TestFailuresAreNoResults(t *testing.T) {
	failed := func(impl string) *report.Results {
		r := duel(needs{"millrace": eight, "channel": times(3, eight), "other": times(9, eight)})
		for i, c := range r.Cells {
			if c.Impl == impl {
				r.Cells[i].Runs[3] = report.Run{Err: "lost 2"}
			}
		}
		return r
	}
	ratio := report.Target{Case: "duel", Sizes: "n=1", Over: []string{"channel", "other"}, Each: 2}
	for impl, want := range map[string]report.Status{"channel": report.Met, "millrace": report.Missed} {
		s := ratio.Evaluate(failed(impl))
		assert.Equal(t, want, s.Status, "%s: %+v", impl, s)
	}
	ratio.Over = ratio.Over[:1]
	s := ratio.Evaluate(failed("channel"))
	assert.Equal(t, report.NotMeasured, s.Status, "the only one: %+v", s)
	more := report.Target{Case: "duel", Sizes: "n=1", Over: []string{"channel"}, Most: 1}
	s = more.Evaluate(failed("channel"))
	assert.Equal(t, report.NotMeasured, s.Status, "the only one: %+v", s)
}

// Goal: a target may be of a variant of millrace, and of another unit than that of the case.
func TestTargetsNameOursAndTheUnit(t *testing.T) {
	r := duel(needs{"millrace": eight, "millrace-x": eight})
	for i := range r.Cells[1].Runs {
		r.Cells[1].Runs[i].Values["B/task"] = 7
	}
	target := report.Target{Case: "duel", Sizes: "n=1", Ours: "millrace-x", Unit: "B/task", Most: 8}
	s := target.Evaluate(r)
	assert.Equal(t, report.Met, s.Status, s)
	assert.Equal(t, "7.00\u00a0B (7.00\u00a0B to 7.00\u00a0B)", s.Measured, s)
}

func TestSizesOfATargetAreAllCombinations(t *testing.T) {
	got := report.Target{Sizes: "a=1,2/b=3/c=4,5"}.Params()
	assert.Equal(t, []string{"a=1/b=3/c=4", "a=1/b=3/c=5", "a=2/b=3/c=4", "a=2/b=3/c=5"}, got)
}

// Goal: a report has a table of targets if and only if the run measured one. The table has
// all targets that the run measured, no others, and their number.
func TestReportsHaveTheTargets(t *testing.T) {
	s, omitted := report.TargetResults(sample.Odd())
	assert.Nil(t, s, "none was measured")
	assert.Equal(t, len(report.Targets()), omitted, "none was measured")
	assert.NotContains(t, written(t, sample.Odd(), report.WriteMarkdown), "## Targets")
	r := duel(needs{"millrace": times(1e4, eight)})
	r.Cases[0].Name, r.Cases[0].Unit = "rampup", "running-ns"
	r.Cells[0].Case, r.Cells[0].Params = "rampup", "procs=2/workers=1000"
	r.Cells[0].Runs = sample.Runs("running-ns", times(1e4, eight)...)
	summary := func(w io.Writer, r *report.Results) error { return report.Summary(w, r, nil) }
	for name, write := range map[string]func(io.Writer, *report.Results) error{
		"html": report.WriteHTML, "md": report.WriteMarkdown, "summary": summary,
	} {
		text := html.UnescapeString(written(t, r, write))
		measured, omitted := report.TargetResults(r)
		require.Len(t, measured, 1)
		require.Equal(t, len(report.Targets())-1, omitted)
		s := measured[0]
		for _, want := range []string{s.What, s.Bound, s.Measured, s.Status.String()} {
			assert.Contains(t, text, want, name)
		}
		assert.NotContains(t, text, report.NotMeasured.String(), "%s has targets that were not measured", name)
		if count := fmt.Sprintf("%d other targets", omitted); name != "summary" && !strings.Contains(text, count) {
			t.Errorf("%s lacks %q", name, count)
		}
	}
}
