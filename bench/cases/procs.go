package cases

import (
	"runtime"
	"slices"
)

// manyProcs returns the sizes of GOMAXPROCS 16 with these parameters. It returns none on a
// smaller machine, where they would be meaningless.
func manyProcs(rest ...Params) (sizes []Params) {
	const many = 16
	if runtime.NumCPU() < many {
		return nil
	}
	for _, p := range rest {
		sizes = append(sizes, slices.Insert(slices.Clone(p), 0, Param{procs, many}))
	}
	return sizes
}

// Procs returns the GOMAXPROCS of a size, 0 for that of the machine.
func (p Params) Procs() int {
	for _, q := range p {
		if q.Key == procs {
			return q.Value
		}
	}
	return 0
}
