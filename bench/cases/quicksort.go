package cases

import (
	"errors"
	"math/rand/v2"
	"slices"
	"sync/atomic"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

// leaf is the count of numbers that a task sorts directly, in some 100 µs.
const leaf = 4096

var quicksort = Case{
	Name:  "quicksort",
	Title: "Parallel quicksort",
	Method: "Random ints, the same each time, are partitioned. One side becomes a new task, and the task continues with the other " +
		"side. A task sorts less than 4096 ints directly. An operation is a whole sort, including the copy of its input. Left " +
		"out are the pools that nested leaves out.",
	Unit: "ns/op",
	Sizes: grid(
		axis{procs, []int{1, 2, 4, 8}},
		axis{"workers", []int{2, 8, 1000}},
		axis{"ints", []int{1_000_000}},
	),
	Short: these("procs=2/workers=8/ints=1000000"),
	Impls: pools(queues, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		input := randomInts(p.Get("ints"))
		// The queue has room for all parts, even with bad pivots.
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: 1 << 14})
		s := sorting{pool: pool, done: make(chan struct{}, 1)}
		v := make([]int, len(input))
		cost := crowd(1, func(int) {
			for range n {
				copy(v, input)
				s.begin(v)
				<-s.done
			}
		}, pool.Close)
		if !slices.IsSorted(v) {
			return measure.Sample{}, errors.New("not sorted")
		}
		return measure.Sample{Values: cost.Of(n)}, nil
	}),
	Ops: func(d time.Duration, p Params) int { return max(1, int(d.Seconds()*2e7)/p.Get("ints")) },
}

func randomInts(n int) []int {
	random := rand.New(rand.NewPCG(1, 2))
	v := make([]int, n)
	for i := range v {
		v[i] = random.Int()
	}
	return v
}

// A sorting sorts with the tasks of a pool, again and again.
type sorting struct {
	pool  impls.Pool
	parts atomic.Int64 // submitted and not sorted yet
	done  chan struct{}
}

func (s *sorting) begin(v []int) {
	s.parts.Add(1)
	s.pool.Submit(func(int) { s.sort(v) }, 0)
}

func (s *sorting) sort(v []int) {
	for len(v) > leaf {
		m := part(v)
		s.begin(v[:m])
		v = v[m:]
	}
	slices.Sort(v)
	if s.parts.Add(-1) == 0 {
		s.done <- struct{}{}
	}
}

// part reorders v, of three or more, so that nothing in v[:m] is larger than anything
// in v[m:], neither of them empty: Hoare's partition about the median of three.
func part(v []int) (m int) {
	first, middle, last := v[0], v[len(v)/2], v[len(v)-1]
	pivot := max(min(first, middle), min(max(first, middle), last))
	i, j := -1, len(v)
	for {
		for i++; v[i] < pivot; i++ {
		}
		for j--; v[j] > pivot; j-- {
		}
		if i >= j {
			return i
		}
		v[i], v[j] = v[j], v[i]
	}
}
