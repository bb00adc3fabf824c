package cases

import (
	"sync"

	"github.com/user/millrace/bench/measure"
)

// flood calls submit with the numbers below n from a number of goroutines, then end. It
// returns the total cost.
func flood(n, submitters int, submit func(i int), end func()) measure.Cost {
	return spread(n, submitters, func(from, to int) {
		for i := from; i < to; i++ {
			submit(i)
		}
	}, end)
}

// spread calls each with equal parts of the numbers below n, on a number of goroutines, then
// end. It returns the total cost.
func spread(n, goroutines int, each func(from, to int), end func()) measure.Cost {
	return crowd(goroutines, func(g int) { each(share(n, goroutines, g)) }, end)
}

// crowd calls each on a number of goroutines, with their indexes, then end. It returns the
// total cost.
func crowd(goroutines int, each func(g int), end func()) measure.Cost {
	watch := measure.Start()
	var all sync.WaitGroup
	for g := range goroutines {
		all.Go(func() { each(g) })
	}
	all.Wait()
	end()
	return watch.Stop()
}

// share returns the i-th of equal parts of the numbers below n.
func share(n, parts, i int) (from, to int) { return n * i / parts, n * (i + 1) / parts }
