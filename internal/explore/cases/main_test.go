package main

import (
	"strings"
	"testing"
)

// Goal: each way in which an exploration says what it saw becomes a row.
func TestRowSaysWhatWasSeen(t *testing.T) {
	for line, want := range map[string]string{
		"x_test.go:34: 15 executions, 5 partial orders, up to 20 steps; all interleavings seen; 1.2s\n":                                                                 "15 | 5 | 20 | all | 0 | 1.2 s",
		"x_test.go:34: 27 executions, 26 partial orders, up to 107 steps; bound 3 exhausted; seeds 0 to 299 sampled; 6ms\n":                                             "27 | 26 | 107 | 3 | 300 | 0.0 s",
		"x_test.go:34: 11 executions, 7 partial orders, up to 1303 steps; bound 1 exhausted, bound 2 not, give it more -explore.budget; seeds 0 to 299 sampled; 2m1s\n": "11 | 7 | 1303 | 1, not 2 | 300 | 121.0 s",
		"x_test.go:34: 2000 executions, 1829 partial orders, up to 1196 steps; no search; seeds 0 to 1999 sampled; 94ms\n":                                              "2000 | 1829 | 1196 | chance | 2000 | 0.1 s",
	} {
		if got, err := row(line); got != want || err != nil {
			t.Errorf("%q: %q, %v, want %q", line, got, err, want)
		}
	}
}

// Goal: a table comes of tests that passed and explored, and of no others.
func TestNoTableWithoutCases(t *testing.T) {
	const (
		explored = `{"Action":"output","Package":"m/sched","Test":"TestExploreX/a_b","Output":"1 executions, 1 partial orders, up to 2 steps; all interleavings seen; 1s\n"}` + "\n"
		failed   = `{"Action":"fail","Package":"m/sched","Test":"TestExploreX"}` + "\n"
		unknown  = `{"Action":"output","Package":"m/sched","Test":"TestExploreX","Output":"1 executions, 1 schedules\n"}` + "\n"
	)
	for in, works := range map[string]bool{explored: true, "": false, explored + failed: false, unknown: false, "x": false} {
		var out strings.Builder
		err := tabulate(strings.NewReader(in), &out)
		if (err == nil) != works || works && !strings.Contains(out.String(), "## sched") || works && !strings.Contains(out.String(), "| X: a b | 1 |") {
			t.Errorf("%q: %v\n%s", in, err, out.String())
		}
	}
}
