package cases

import (
	"sync"

	"github.com/user/millrace/bench/measure"
)

// flood calls submit with the numbers below n from a number of goroutines, then
// end, and returns the cost of it all.
func flood(n, submitters int, submit func(i int), end func()) measure.Cost {
	return crowd(submitters, func(s int) {
		from, to := share(n, submitters, s)
		for i := from; i < to; i++ {
			submit(i)
		}
	}, end)
}

// crowd calls each on a number of goroutines, with their numbers, then end, and
// returns the cost of it all.
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

// share returns the i-th of so many equal parts of the numbers below n.
func share(n, parts, i int) (from, to int) { return n * i / parts, n * (i + 1) / parts }
