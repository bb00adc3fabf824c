package run

import (
	"runtime"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/bench/cases"
	"github.com/user/millrace/bench/report"
)

// Goal: the cells of each target exist, unless the case or the variant of millrace is missing or
// the size is for a larger machine.
func TestTargetsNameCellsThatThereAre(t *testing.T) {
	for _, target := range report.Targets() {
		c, ok := cases.Named(target.Case)
		if !ok {
			t.Logf("no case %s", target.Case)
			continue
		}
		if _, ok := c.Impl(target.Impls()[0]); !ok {
			t.Logf("no %s in case %s", target.Impls()[0], target.Case)
			continue
		}
		for _, impl := range target.Impls() {
			_, ok := c.Impl(impl)
			assert.True(t, ok, "%s: case %s has no impl %s", target.What, c.Name, impl)
		}
		for _, p := range target.Params() {
			large := p[:len("procs=16")] == "procs=16" && runtime.NumCPU() < 16
			if !large && !slices.ContainsFunc(c.Sizes, func(s cases.Params) bool { return s.String() == p }) {
				t.Errorf("%s: case %s has no size %s", target.What, c.Name, p)
			}
		}
	}
}

// Goal: exactly the cells of the targets are planned, each once.
func TestTargetsAreMeasuredAndNothingElse(t *testing.T) {
	needed := map[[3]string]bool{}
	for _, target := range report.Targets() {
		for _, p := range target.Params() {
			for _, impl := range target.Impls() {
				needed[[3]string{target.Case, p, impl}] = true
			}
		}
	}
	groups, err := (&Config{Targets: true, Length: 1}).plan()
	require.NoError(t, err)
	planned := map[[3]string]bool{}
	for _, g := range groups {
		for _, c := range g.cells {
			cell := [3]string{c.request.Case, c.request.Params, c.request.Impl}
			assert.True(t, needed[cell], "%v is not needed, or planned twice", cell)
			assert.False(t, planned[cell], "%v is not needed, or planned twice", cell)
			planned[cell] = true
		}
	}
	for _, c := range cases.All() {
		for _, p := range c.Sizes {
			for _, x := range c.Impls() {
				if cell := [3]string{c.Name, p.String(), x.Name}; needed[cell] && !planned[cell] {
					t.Errorf("%v is not planned", cell)
				}
			}
		}
	}
}

// Goal: a run has the operations that the unit of its target needs.
func TestTargetsHaveEnoughOperations(t *testing.T) {
	groups, err := (&Config{Targets: true, Cases: []string{"latency"}, Length: 1}).plan()
	require.NoError(t, err)
	for _, g := range groups {
		want := 10_000 // of which ten lie beyond the p99.9
		if g.params.Get("gap-us") == 2000 {
			want = 1000 // the p99
		}
		for _, c := range g.cells {
			assert.GreaterOrEqual(t, c.request.Ops, want, c.request)
			assert.LessOrEqual(t, c.request.Ops, 2*want, c.request)
		}
	}
}
