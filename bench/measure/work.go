package measure

import (
	"slices"
	"sync"
	"sync/atomic"
	"time"
)

// A Work is a computation of a certain length that touches no memory: steps of a xorshift
// generator, each of which depends on the one before.
type Work int

// NewWork returns a computation that takes d if nothing disturbs it.
func NewWork(d time.Duration) Work { return Work(float64(d) / Step()) }

// Do computes.
func (w Work) Do() {
	x := uint64(88172645463325252)
	for range w {
		x ^= x << 13
		x ^= x >> 7
		x ^= x << 17
	}
	if x == 0 { // it never is, but the compiler does not know
		panic("measure: xorshift at 0")
	}
}

// Time returns the current duration of Do on a number of concurrent goroutines: the median of
// some trials of each. Processors that share a core or heat are slower together than alone.
func (w Work) Time(goroutines int) time.Duration {
	const trials = 31
	calls := max(1, int(200*time.Microsecond/max(1, time.Duration(float64(w)*Step()))))
	times := make([]time.Duration, goroutines*trials)
	var running atomic.Int32
	running.Store(int32(goroutines))
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range trials {
				begin := time.Now()
				for range calls {
					w.Do()
				}
				times[g*trials+i] = time.Since(begin)
			}
			running.Add(-1)
			for running.Load() > 0 { // so that the others are not alone
				w.Do()
			}
		})
	}
	wg.Wait()
	slices.Sort(times)
	return times[len(times)/2] / time.Duration(calls)
}

// Step returns the nanoseconds of a step: the value of UseStep or, without one, the fastest of
// many trials, measured once in a process.
func Step() float64 {
	if given > 0 {
		return given
	}
	return found()
}

// UseStep sets the value of Step to that of another process, so that both do the same number of
// steps. It must be called before anything else in this package.
func UseStep(nanoseconds float64) { given = nanoseconds }

var given float64

var found = sync.OnceValue(func() float64 {
	const trials, steps = 100, 10_000
	fastest := time.Duration(1<<63 - 1)
	for range trials {
		begin := time.Now()
		Work(steps).Do()
		fastest = min(fastest, time.Since(begin))
	}
	return float64(max(fastest, 1)) / steps
})
