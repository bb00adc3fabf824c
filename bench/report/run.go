package report

import (
	"cmp"
	"maps"
	"slices"
)

// value returns the figure of a run in a unit. It reports false if there is none.
func (r Run) value(unit string) (float64, bool) {
	v, ok := r.Values[unit]
	return v, ok && r.Err == ""
}

// A quantile is one of those that the report shows.
type quantile struct {
	Name  string
	Share float64
}

var quantiles = []quantile{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
