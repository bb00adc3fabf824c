package pheap_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

// BenchmarkRankError measures how many better items are left inside by a pop that
// others get in the way of: some goroutines push and pop by turns on a heap of 1000
// items. Each call takes a ticket of a shared counter before it begins and after it
// ended, and the log is gone through afterwards.
//
// Most errors are none, and the rest large: while a goroutine is stopped in the midst of
// a change by the system, all that is in its shard is passed over. So the figures are
// those of a machine as busy as it was.
//
// The metrics mean, p99 and max are of the better items that certainly were inside for
// the whole of the pop: their push had ended before, and no pop of theirs had begun
// when it ended. That leaves out what other pops at the same instant had in hand or in
// view, so mean-most is the mean with all that can have been inside at any instant of
// the pop. The truth lies between. Of a heap of one shard the first is 0; what it has
// of the second is the calls' overlap alone.
//
// It does not show the price of a pop, as drawing tickets costs as much, nor errors
// where calls follow each other quicker than the tickets let them.
func BenchmarkRankError(b *testing.B) {
	for _, k := range keys {
		for _, shards := range []int{1, 2, 4, 8, 16} {
			for _, workers := range []int{2, 8} {
				b.Run(fmt.Sprintf("keys=%s/shards=%d/workers=%d", k.name, shards, workers), func(b *testing.B) {
					passages := record(pheap.Config{Shards: shards}, workers, b.N, k.draw)
					b.StopTimer()
					least, most := rankErrors(passages, certain), rankErrors(passages, possible)
					slices.Sort(least)
					b.ReportMetric(mean(least), "mean")
					b.ReportMetric(float64(least[len(least)*99/100]), "p99")
					b.ReportMetric(float64(least[len(least)-1]), "max")
					b.ReportMetric(mean(most), "mean-most")
				})
			}
		}
	}
}

func mean(xs []int) float64 {
	sum := 0
	for _, x := range xs {
		sum += x
	}
	return float64(sum) / float64(len(xs))
}

// A passage is an item's way through a heap. The tickets are those of the calls that
// pushed and popped it.
type passage struct {
	priority        int
	age             uint64
	pushing, pushed int64
	popping, popped int64
	beside          bool // it was popped by a worker, not as the heap was drained
}

// record lets workers push and pop by turns, turns in all, and returns the passages of
// all items.
func record(cfg pheap.Config, workers, turns int, draw func(rng *rand.Rand, n int) int) []passage {
	const resting = 1000
	var clock atomic.Int64
	h := pheap.New[*passage](cfg)
	push := func(p *passage) {
		p.pushing = clock.Add(1)
		h.Offer(p, p.priority)
		p.pushed = clock.Add(1)
	}
	pop := func() *passage {
		for {
			start := clock.Add(1)
			if p, age, status := h.Poll(); status == ringbuffer.Done {
				p.age, p.popping, p.popped = age, start, clock.Add(1)
				return p
			}
			runtime.Gosched()
		}
	}
	all := make([]passage, resting+turns)
	rng := rand.New(rand.NewPCG(1, 2))
	for n := range resting {
		all[n].priority = draw(rng, n)
		push(&all[n])
	}
	var working sync.WaitGroup
	for w := range workers {
		working.Go(func() {
			rng := rand.New(rand.NewPCG(uint64(w), 2))
			for n := w; n < turns; n += workers {
				p := &all[resting+n]
				p.priority = draw(rng, resting+n)
				push(p)
				pop().beside = true
			}
		})
	}
	working.Wait()
	for h.Len() > 0 {
		pop()
	}
	return all
}

// A view says from when to when an item counts as inside, and at which tickets a pop
// looks: it counts the items that were in before at and out after until.
type view func(p *passage) (in, out, at, until int64)

func certain(p *passage) (in, out, at, until int64) {
	// A push may draw its last ticket after another goroutine popped the item.
	return min(p.pushed, p.popping), p.popping, p.popping, p.popped
}

func possible(p *passage) (in, out, at, until int64) {
	return p.pushing, p.popped, p.popped, p.popping
}

// rankErrors returns, for each item popped beside others, how many better ones were
// inside in the given view. Of those in before its pop it takes away those out by then,
// but for the few that came in too late to be among the first.
func rankErrors(passages []passage, v view) (errors []int) {
	all := make([]*passage, len(passages))
	for i := range passages {
		all[i] = &passages[i]
	}
	slices.SortFunc(all, func(a, b *passage) int {
		return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.age, b.age))
	})
	rank := map[*passage]int{}
	for i, p := range all {
		rank[p] = i
	}
	in := func(p *passage) int64 { t, _, _, _ := v(p); return t }
	out := func(p *passage) int64 { _, t, _, _ := v(p); return t }
	at := func(p *passage) int64 { _, _, t, _ := v(p); return t }
	until := func(p *passage) int64 { _, _, _, t := v(p); return t }

	came := better(all, rank, in, at)
	went := better(all, rank, out, until)
	slices.SortFunc(all, func(a, b *passage) int { return cmp.Compare(in(a), in(b)) })
	for _, p := range all {
		if !p.beside {
			continue
		}
		n := came[rank[p]] - went[rank[p]]
		first, _ := slices.BinarySearchFunc(all, at(p), func(q *passage, t int64) int { return cmp.Compare(in(q), t) })
		for _, q := range all[first:] {
			if in(q) >= until(p) {
				break
			}
			if out(q) < until(p) && rank[q] < rank[p] {
				n++
			}
		}
		errors = append(errors, n)
	}
	return errors
}

// better returns for each item, by rank, how many of smaller rank have an event
// before the item's own look.
func better(all []*passage, rank map[*passage]int, event, look func(*passage) int64) []int {
	events, looks := slices.Clone(all), slices.Clone(all)
	slices.SortFunc(events, func(a, b *passage) int { return cmp.Compare(event(a), event(b)) })
	slices.SortFunc(looks, func(a, b *passage) int { return cmp.Compare(look(a), look(b)) })
	counts := make(fenwick, len(all)+1)
	result := make([]int, len(all))
	next := 0
	for _, p := range looks {
		for ; next < len(events) && event(events[next]) < look(p); next++ {
			counts.add(rank[events[next]])
		}
		result[rank[p]] = counts.below(rank[p])
	}
	return result
}

// A fenwick counts numbers, and those below one, in logarithmic time (Fenwick, 1994).
type fenwick []int

func (f fenwick) add(i int) {
	for i++; i < len(f); i += i & -i {
		f[i]++
	}
}

func (f fenwick) below(i int) (n int) {
	for ; i > 0; i -= i & -i {
		n += f[i]
	}
	return n
}

// TestRankErrorsAreCounted: the count is that of its definition, item by item.
func TestRankErrorsAreCounted(t *testing.T) {
	seed := queuetest.Seed()
	for round := range 10 {
		few := func(rng *rand.Rand, _ int) int { return rng.IntN(8) }
		passages := record(pheap.Config{Shards: 1 + round}, 4, 200, few)
		// What a heap does is too good to test with: let items leave at other times.
		rng := rand.New(rand.NewPCG(seed, uint64(round)))
		for i := range passages {
			p := &passages[i]
			p.popping = p.pushing + 1 + rng.Int64N(3000)
			p.popped = p.popping + 1 + rng.Int64N(300)
		}
		for name, v := range map[string]view{"certain": certain, "possible": possible} {
			sum, want := 0, 0
			for _, n := range rankErrors(passages, v) {
				sum += n
			}
			for i := range passages {
				if p := &passages[i]; p.beside {
					want += betterInside(passages, p, v)
				}
			}
			require.Equal(t, want, sum, "seed %d: %s", seed, name)
			require.NotZero(t, want, "seed %d: %s", seed, name)
		}
	}
}

func betterInside(passages []passage, p *passage, v view) (n int) {
	_, _, at, until := v(p)
	for i := range passages {
		q := &passages[i]
		in, out, _, _ := v(q)
		if in < at && out >= until && (q.priority > p.priority || q.priority == p.priority && q.age < p.age) {
			n++
		}
	}
	return n
}

// TestOneShardMakesNoRankError: no better item was certainly inside.
func TestOneShardMakesNoRankError(t *testing.T) {
	for _, k := range keys {
		errors := rankErrors(record(pheap.Config{Shards: 1}, 4, queuetest.Scaled(20_000), k.draw), certain)
		assert.LessOrEqual(t, slices.Max(errors), 0, "keys=%s: better items were inside", k.name)
	}
}
