package report_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

// duel returns results of one case and size, with the figures of each implementation.
func duel(needs map[string][]float64) *report.Results {
	r := &report.Results{Cases: []report.Case{{Name: "duel", Title: "Duel", Unit: "ns/op"}}}
	for _, name := range []string{"millrace", "channel", "other", "harness", "millrace-x"} {
		if v := needs[name]; v != nil {
			r.Impls = append(r.Impls, report.Impl{Name: name, Version: "v1"})
			r.Cells = append(r.Cells, report.Cell{Case: "duel", Params: "n=1", Impl: name, Runs: sample.Runs("ns/op", v...)})
		}
	}
	return r
}

func times(by float64, values []float64) []float64 {
	all := slices.Clone(values)
	for i := range all {
		all[i] *= by
	}
	return all
}

var eight = []float64{100, 101, 99, 102, 98, 100.5, 99.5, 101.5}

func TestVerdicts(t *testing.T) {
	wobble := []float64{1.01, 0.99, 1.012, 0.988, 1.013, 0.987, 1.011, 0.989}
	wild := []float64{1.5, 0.6, 1.3, 0.8, 2, 0.5, 1.1, 0.9}
	by := func(factors []float64) []float64 {
		all := slices.Clone(eight)
		for i := range all {
			all[i] *= factors[i]
		}
		return all
	}
	for name, c := range map[string]struct {
		needs []float64
		want  report.Verdict
	}{
		"less":     {times(0.97, eight), report.Less},
		"more":     {times(1.03, eight), report.More},
		"same":     {by(wobble), report.Same},
		"noisy":    {by(wild), report.Noisy},
		"few":      {times(2, eight[:5]), report.TooFew},
		"zero":     {[]float64{0, 0, 0, 0, 0, 0}, report.Incomparable},
		"negative": {times(-1, eight), report.Incomparable},
	} {
		j, _ := report.Compared(duel(map[string][]float64{"millrace": eight, "channel": c.needs}), "duel", "channel")
		assert.Equal(t, c.want, j.Verdict, "%s: %+v", name, j.Ratio)
	}
}

// A disturbance that makes some rounds three times as slow for all does not affect the ratio.
func TestRoundsAreComparedWithThemselves(t *testing.T) {
	us := []float64{100, 310, 99, 102, 290, 100, 305, 101}
	j, _ := report.Compared(duel(map[string][]float64{"millrace": us, "channel": times(1.05, us)}), "duel", "channel")
	if j.Verdict != report.More || j.Ratio.Mid < 1.049 || j.Ratio.Mid > 1.051 {
		t.Errorf("%v %+v", j.Verdict, j.Ratio)
	}
}

func TestLowestCostWins(t *testing.T) {
	for name, c := range map[string]struct {
		needs  map[string][]float64
		winner string
		margin string
	}{
		"us":      {map[string][]float64{"millrace": eight, "channel": times(2.5, eight), "other": times(1.25, eight)}, "millrace", "20\u00a0% less than other"},
		"far":     {map[string][]float64{"millrace": eight, "channel": times(4, eight)}, "millrace", "channel needs 4.00 times as much"},
		"another": {map[string][]float64{"millrace": eight, "channel": times(0.9, eight), "other": times(0.8, eight)}, "other", "20\u00a0% less than millrace"},
		"nobody":  {map[string][]float64{"millrace": eight, "channel": eight}, "millrace and channel", "no significant difference"},
		"harness": {map[string][]float64{"millrace": eight, "channel": times(1.25, eight), "harness": times(0.1, eight)}, "millrace", "20\u00a0% less than channel"},
		"kin":     {map[string][]float64{"millrace": eight, "channel": times(1.25, eight), "millrace-x": times(0.5, eight)}, "millrace", "20\u00a0% less than channel"},
		"two":     {map[string][]float64{"millrace": eight[:2], "channel": times(2, eight[:2])}, "undecided", "too few runs: 2 of 6"},
	} {
		a := report.ResultsOf(duel(c.needs))["duel"]
		if a.Winner != c.winner || !strings.HasPrefix(a.Margin, c.margin) && !strings.HasSuffix(a.Margin, c.margin) {
			t.Errorf("%s: %+v", name, a)
		}
	}
}

func TestOddResultsHaveResults(t *testing.T) {
	answers := report.ResultsOf(sample.Odd())
	for name, want := range map[string]report.Result{
		"single":     {Winner: "undecided", Margin: "too few runs: 1 of 6", Against: "too few runs", Verdict: report.TooFew},
		"alone":      {Winner: "–", Margin: "millrace: 0\u00a0B"},
		"without us": {Winner: "–", Margin: "channel: 8.00\u00a0ns"},
		"we fail":    {Winner: "–", Margin: "hung", Failed: "millrace"},
	} {
		assert.Equal(t, want, answers[name], name)
	}
	a := answers["failures"]
	assert.Equal(t, sample.Evil, a.Winner, "failures: %+v", a)
	assert.Equal(t, "lost", a.Failed, "failures: %+v", a)
	assert.Contains(t, a.Margin, "at 1 of 2 sizes", "failures: %+v", a)
	assert.NotContains(t, answers, "never begun", "a case without runs has a result")
}

// An implementation that failed is not ranked, however fast its other runs were.
func TestFailedImplementationsDoNotWin(t *testing.T) {
	r := duel(map[string][]float64{"millrace": eight, "channel": times(2, eight), "other": times(0.1, eight)})
	r.Cells[2].Runs[3] = report.Run{Err: "lost 2"}
	a := report.ResultsOf(r)["duel"]
	assert.Equal(t, "millrace", a.Winner, a)
	assert.Equal(t, "other", a.Failed, a)
}

// Neither is one that failed at a size at which no other was measured.
func TestImplementationsThatFailedElsewhereDoNotWin(t *testing.T) {
	r := duel(map[string][]float64{"millrace": eight, "channel": times(2, eight), "other": times(0.1, eight)})
	r.Cells = append(r.Cells,
		report.Cell{Case: "duel", Params: "n=2", Impl: "millrace", Runs: sample.Runs("ns/op", eight...)},
		report.Cell{Case: "duel", Params: "n=2", Impl: "other", Runs: []report.Run{{Err: "hung"}}})
	a := report.ResultsOf(r)["duel"]
	assert.Equal(t, "millrace", a.Winner, a)
	assert.Equal(t, "other", a.Failed, a)
}

// Negative figures are not compared, on either side.
func TestNegativeFiguresAreNotCompared(t *testing.T) {
	r := duel(map[string][]float64{"millrace": times(-1, eight), "channel": times(-2, eight)})
	j, _ := report.Compared(r, "duel", "channel")
	assert.Equal(t, report.Incomparable, j.Verdict, j.Ratio)
}

func TestSizesCountAlike(t *testing.T) {
	r := duel(map[string][]float64{"millrace": eight, "channel": times(4, eight)})
	more := duel(map[string][]float64{"millrace": times(1000, eight), "channel": times(500, eight)})
	for _, c := range more.Cells {
		c.Params = "n=2"
		r.Cells = append(r.Cells, c)
	}
	_, all := report.Compared(r, "duel", "channel")
	m := all.Ratio.Mid
	assert.GreaterOrEqual(t, m, 1.41, all.Ratio)
	assert.LessOrEqual(t, m, 1.42, all.Ratio) // √(4 · ½)
	assert.Equal(t, "lowest at 1, higher at 1 of 2", report.ResultsOf(r)["duel"].Sizes)
}

// The quantiles of latencies can be compared.
func TestQuantilesAreCompared(t *testing.T) {
	r := duel(map[string][]float64{"millrace": eight, "channel": eight})
	r.Cases[0].Unit = "p90-ns"
	for i := range r.Cells {
		for k := range r.Cells[i].Runs {
			h := measure.NewHistogram()
			for n := range 200 {
				h.Add(1000 * time.Duration(1+i) * time.Duration(n+1))
			}
			r.Cells[i].Runs[k].Values = h.Values()
		}
	}
	j, _ := report.Compared(r, "duel", "channel")
	if j.Verdict != report.More || j.Ratio.Mid < 1.99 || j.Ratio.Mid > 2.01 {
		t.Errorf("%v %+v", j.Verdict, j.Ratio)
	}
}

func TestFigures(t *testing.T) {
	for _, c := range []struct {
		value      float64
		unit, want string
	}{
		{0, "ns/op", "0 ns"},
		{38.64, "ns/op", "38.6 ns"},
		{9.999, "ns/op", "10.0 ns"},
		{999.4, "ns", "999 ns"},
		{999.6, "cpu-ns/op", "1.00 µs"},
		{1.234e6, "p99-ns", "1.23 ms"},
		{4e12, "ns/op", "4000 s"},
		{0.0004, "ns/op", "0.0004 ns"},
		{1536, "B/op", "1.50 KiB"},
		{8 << 30, "B", "8.00 GiB"},
		{1.8, "cpus", "1.80"},
		{12345678, "tasks", "1.23e+07"},
	} {
		assert.Equal(t, c.want, strings.ReplaceAll(report.Figure(c.value, c.unit), "\u00a0", " "),
			"%v %s", c.value, c.unit)
	}
	for ratio, want := range map[float64]string{1: "0 %", 1.034: "+3.4 %", 0.72: "−28 %", 1.996: "+100 %", 2.38: "× 2.38", 0.001: "× 0.0010", 0.05: "−95 %"} {
		assert.Equal(t, want, strings.ReplaceAll(report.Percent(ratio), "\u00a0", " "), ratio)
	}
}
