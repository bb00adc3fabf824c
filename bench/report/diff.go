package report

import "slices"

// A Diff is the difference between two runs.
type Diff struct {
	Notes   []string // what makes the runs hard to compare, or is in only one of them
	Changes []Change // of the cells in both, in the order of the new run
}

// A Change is the difference between two runs of a cell.
type Change struct {
	Case, Params, Impl, Unit string

	Old, New Estimate
	Comparison
	Failed string // the error of the new or the old run
}

// Compare compares two runs, which may differ in everything.
//
// The two were measured at different times, so the machine may have been slower throughout
// one of them. Implementations of the same version in both runs measure this drift: each
// figure is divided by the median of their figures in the same round, relative to their own
// medians. The rest is compared by the test of Mann and Whitney, with an interval.
func Compare(old, new *Results) *Diff {
	c := &Diff{Notes: differences(old, new)}
	controls := unchanged(old, new)
	olds, news := index(old), index(new)
	for _, cell := range new.Cells {
		was, ok := olds[key(cell)]
		unit, same := unitOf(old, new, cell.Case)
		if !ok || !same || len(cell.Runs) == 0 || len(was.Runs) == 0 {
			continue
		}
		change := Change{Case: cell.Case, Params: cell.Params, Impl: cell.Impl, Unit: unit}
		change.compare(was, cell, drift(olds, news, cell, controls, unit))
		c.Changes = append(c.Changes, change)
	}
	return c
}

// A cellKey names a cell.
type cellKey struct{ name, params, impl string }

func key(c Cell) cellKey { return cellKey{c.Case, c.Params, c.Impl} }

func index(r *Results) map[cellKey]Cell {
	all := make(map[cellKey]Cell)
	for _, c := range r.Cells {
		all[key(c)] = c
	}
	return all
}

// compare compares the runs of two cells without the drift of their rounds.
func (c *Change) compare(was, is Cell, drift [2]map[int]float64) {
	oldCell, newCell := newCell(was, c.Unit), newCell(is, c.Unit)
	c.Old, c.New = oldCell.Value, newCell.Value
	switch {
	case newCell.Failed > 0 && oldCell.Failed > 0:
		c.Failed = "fails as before: " + newCell.Err
	case newCell.Failed > 0:
		c.Failed = "fails now: " + newCell.Err
	case oldCell.Failed > 0:
		c.Failed = "failed before: " + oldCell.Err
	default:
		a, b := logs(was.Runs, c.Unit), logs(is.Runs, c.Unit)
		c.Comparison = comparisonOf(shift(without(a, drift[0]), without(b, drift[1])))
	}
}

// logs returns the logarithms of the figures of a cell, by round.
func logs(runs []Run, unit string) map[int]float64 {
	all := make(map[int]float64)
	for i, run := range runs {
		v, ok := run.value(unit)
		if log, finite := logRatio(v, 1); ok && finite {
			all[i] = log
		}
	}
	return all
}

// without subtracts the drift of each round.
func without(logs, drift map[int]float64) (all []float64) {
	for _, round := range sortedKeys(logs) {
		all = append(all, logs[round]-drift[round])
	}
	return all
}

// drift returns how slow each round of the old and the new run was at the case and size of
// a cell. It is measured by the controls except the implementation of the cell.
func drift(old, new map[cellKey]Cell, cell Cell, controls []string, unit string) (by [2]map[int]float64) {
	var all [2]map[int][]float64
	for side := range all {
		all[side] = make(map[int][]float64)
	}
	for _, impl := range controls {
		k := cellKey{cell.Case, cell.Params, impl}
		sides := [2]map[int]float64{logs(old[k].Runs, unit), logs(new[k].Runs, unit)}
		if impl == cell.Impl || len(sides[0]) == 0 || len(sides[1]) == 0 {
			continue
		}
		own := (median(values(sides[0])).Mid + median(values(sides[1])).Mid) / 2
		for side, logs := range sides {
			for round, log := range logs {
				all[side][round] = append(all[side][round], log-own)
			}
		}
	}
	for side, rounds := range all {
		by[side] = make(map[int]float64)
		for round, logs := range rounds {
			by[side][round] = median(logs).Mid
		}
	}
	return by
}

// unchanged returns the other implementations of the same version in both runs.
func unchanged(old, new *Results) (all []string) {
	for _, v := range new.Impls {
		if v.Name != Millrace && v.Name != Harness && slices.Contains(old.Impls, v) {
			all = append(all, v.Name)
		}
	}
	return all
}

// unitOf returns the unit of a case, and whether both runs measured it alike.
func unitOf(old, new *Results, name string) (unit string, same bool) {
	a, okA := named(old, name)
	b, okB := named(new, name)
	return b.Unit, okA && okB && a.Unit == b.Unit && a.Method == b.Method
}

func named(r *Results, name string) (Case, bool) {
	i := slices.IndexFunc(r.Cases, func(c Case) bool { return c.Name == name })
	if i < 0 {
		return Case{}, false
	}
	return r.Cases[i], true
}
