//go:build model

package explore

import (
	"math/bits"
	"math/rand/v2"
)

// A sampler picks schedules at random, from a seed.
type sampler struct {
	rng      *rand.Rand
	priority [maxThreads]uint64
	ranked   uint64 // threads that have one
}

func newSampler(seed uint64) sampler { return sampler{rng: rand.New(rand.NewPCG(seed, 1))} }

func (s *sampler) patient() bool                  { return false }
func (s *sampler) choose(_ *execution, n int) int { return s.rng.IntN(n) }
func (s *sampler) observe(*execution, int)        {}

// highest returns the enabled thread of the largest priority. A thread without one gets one.
func (s *sampler) highest(enabled uint64) int {
	best := -1
	for set := enabled; set != 0; set &= set - 1 {
		id := bits.TrailingZeros64(set)
		if s.ranked>>id&1 == 0 {
			s.ranked |= 1 << id
			s.priority[id] = s.rng.Uint64() | 1<<63
		}
		if best < 0 || s.priority[id] > s.priority[best] {
			best = id
		}
	}
	return best
}

// A pct follows the priorities of goroutines, and lowers that of the running one at a few steps.
// With d-1 of them, each bug that takes d ordering constraints to show has a chance of at least
// 1 in n·k^(d-1), for n goroutines and k steps. Burckhardt, Kothari, Musuvathi and Nagarakatte,
// "A Randomized Scheduler with Probabilistic Guarantees of Finding Bugs", ASPLOS 2010. A pausing
// goroutine becomes last, so that the one it waits for can run.
type pct struct {
	sampler
	changes map[int]bool // steps before which the running goroutine becomes last
	lowest  uint64
}

func newPCT(seed uint64, depth, steps int) *pct {
	s := &pct{sampler: newSampler(seed), changes: map[int]bool{}, lowest: 1 << 62}
	for range depth - 1 {
		s.changes[s.rng.IntN(max(steps, 1))] = true
	}
	return s
}

func (s *pct) pick(e *execution, enabled uint64) (int, bool) {
	if last := e.last; last != nil && (s.changes[len(e.events)] || last.op.kind == pause) {
		s.lowest--
		s.priority[last.id] = s.lowest
	}
	return s.highest(enabled), true
}

// A pos gives each step a priority of its own, and a new one after a step that it races with. So
// it favors no order of the steps that matter. Yuan, Yang and Gu, "Partial Order Aware Concurrency
// Sampling", CAV 2018.
type pos struct{ sampler }

func (s *pos) pick(e *execution, enabled uint64) (int, bool) {
	if last := e.last; last != nil {
		s.ranked &^= 1 << last.id
		o := &e.events[len(e.events)-1].op
		for _, t := range e.threads {
			if o.obj != 0 && t.op.obj == o.obj && (o.changed || t.op.kind != load) {
				s.ranked &^= 1 << t.id
			}
		}
	}
	return s.highest(enabled), true
}

// A urw picks each goroutine with a probability proportional to the steps it has left, so that all
// interleavings of steps that do not depend on the schedule are equally likely. SURW is built on
// it: Zhao, Wolff, Mathur and Roychoudhury, "Selectively Uniform Concurrency Testing", ASPLOS 2025.
type urw struct {
	sampler
	left [maxThreads]int
}

func newURW(seed uint64, steps []int) *urw {
	s := &urw{sampler: newSampler(seed)}
	copy(s.left[:], steps)
	return s
}

func (s *urw) pick(_ *execution, enabled uint64) (int, bool) {
	var chances [maxThreads]int
	sum := 0
	for set := enabled; set != 0; set &= set - 1 {
		id := bits.TrailingZeros64(set)
		chances[id] = max(s.left[id], 1)
		sum += chances[id]
	}
	n, id := s.rng.IntN(sum), 0
	for ; n >= chances[id]; id++ {
		n -= chances[id]
	}
	s.left[id]--
	return id, true
}
