package report

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// value returns what a run measured, if it did. A unit like p99-ns that is not among
// its values is taken from its latencies.
func (r Run) value(unit string) (float64, bool) {
	if r.Err != "" {
		return 0, false
	}
	if v, ok := r.Values[unit]; ok {
		return v, true
	}
	percent, ok := strings.CutPrefix(unit, "p")
	percent, okNs := strings.CutSuffix(percent, "-ns")
	p, err := strconv.ParseFloat(percent, 64)
	if !ok || !okNs || err != nil || r.Latency == nil {
		return 0, false
	}
	d, ok := r.Latency.Quantile(p / 100)
	return float64(d), ok
}

type quantile struct {
	Name  string
	Share float64
}

// quantiles are those of a latency that are told, as units.
var quantiles = []quantile{{"p50", 0.5}, {"p90", 0.9}, {"p99", 0.99}, {"p99.9", 0.999}}

// all returns all that a run measured, quantiles of its latency included.
func (r Run) all() map[string]float64 {
	all := maps.Clone(map[string]float64(r.Values))
	if r.Latency == nil {
		return all
	}
	for _, q := range quantiles {
		if v, ok := r.value(q.Name + "-ns"); ok {
			if all == nil {
				all = make(map[string]float64)
			}
			all[q.Name+"-ns"] = v
		}
	}
	return all
}

func sortedKeys[K cmp.Ordered, V any](m map[K]V) []K { return slices.Sorted(maps.Keys(m)) }
