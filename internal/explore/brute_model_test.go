//go:build model

package explore

import (
	"flag"
	"maps"
	"math/rand/v2"
	"testing"

	"github.com/user/millrace/internal/invariant"
)

var (
	programs     = flag.Int("explore.programs", 60, "how many random programs")
	firstProgram = flag.Uint64("explore.first", 1, "the first of them")
)

// A brute is a search that leaves nothing out but what is beyond the bound.
type brute struct {
	bound int
	stack []bruteNode
	depth int
}

type bruteNode struct {
	n, chosen   int
	enabled     uint64
	first       int
	preemptions int
	goesOn      bool
	tried       uint64
}

func (s *brute) patient() bool           { return true }
func (s *brute) observe(*execution, int) {}

func (s *brute) pick(e *execution, enabled uint64) (int, bool) {
	if s.depth < len(s.stack) {
		s.depth++
		return s.stack[s.depth-1].chosen, true
	}
	nd := bruteNode{enabled: enabled, goesOn: e.goesOn(enabled), preemptions: e.preemptions, first: -1}
	for id := range maxThreads {
		if enabled>>id&1 != 0 {
			nd.first = id
			break
		}
	}
	if nd.goesOn {
		nd.first = e.last.id
	}
	nd.chosen = nd.first
	s.stack = append(s.stack, nd)
	s.depth++
	return nd.chosen, true
}

func (s *brute) choose(_ *execution, n int) int {
	if s.depth == len(s.stack) {
		s.stack = append(s.stack, bruteNode{n: n})
	}
	s.depth++
	return s.stack[s.depth-1].chosen
}

// next prepares another execution, and reports false if none is left.
func (s *brute) next() bool {
	s.depth = 0
	for len(s.stack) > 0 {
		nd := &s.stack[len(s.stack)-1]
		if nd.n != 0 {
			if nd.chosen++; nd.chosen < nd.n {
				return true
			}
		} else {
			nd.tried |= 1 << nd.chosen
			if s.bound == noBound || !nd.goesOn || nd.preemptions < s.bound {
				for id := range maxThreads {
					if (nd.enabled&^nd.tried)>>id&1 != 0 {
						nd.chosen = id
						return true
					}
				}
			}
		}
		s.stack = s.stack[:len(s.stack)-1]
	}
	return false
}

// ends is what the executions of a program came to: how they ended, and which partial
// orders there were.
type ends struct {
	how        map[string]bool
	orders     map[uint64]bool
	executions int
	full       int // not given up
}

// tooMany executions of a brute search are not waited for.
const tooMany = 2000

// explore runs p under s until next says that there is no more.
func (p *program) explore(st *stage, s strategy, next func() bool) ends {
	all := ends{how: map[string]bool{}, orders: map[uint64]bool{}}
	p.tell = func(how string) { all.how[how] = true }
	for more := true; more && all.executions < tooMany; more = next() {
		e := st.run(p.scenario, s, settings{limit: 1000})
		all.executions++
		switch {
		case e.failure != "":
			all.how[brief(e.failure)] = true
		case !e.abandoned:
			all.full++
			all.orders[e.hash] = true
		}
	}
	return all
}

// Goal: the search comes upon each end of a program that one without reductions comes
// upon under the same bound, upon no other, and upon the same partial orders; without
// a bound, upon each of these once.
//
// Method: random programs. Those that brute force takes too long for are left out.
func TestReductionLosesNothing(t *testing.T) {
	var st stage
	defer st.close()
	last := *firstProgram + uint64(*programs)
	if invariant.Enabled || testing.Short() {
		last -= uint64(*programs) * 4 / 5
	}
	for seed := *firstProgram; seed < last; seed++ {
		p := randomProgram(rand.New(rand.NewPCG(seed, 1)))
		for _, bound := range []int{0, 1, 2, noBound} {
			b := &brute{bound: bound}
			want := p.explore(&st, b, b.next)
			if want.executions == tooMany {
				continue
			}
			s := &search{bound: bound}
			got := p.explore(&st, s, s.next)
			switch {
			case s.lost != "":
				t.Errorf("it does not repeat itself: %s", s.lost)
			case !maps.Equal(got.how, want.how):
				t.Errorf("ends are %v, want %v", got.how, want.how)
			case !p.awaits() && !maps.Equal(got.orders, want.orders):
				t.Errorf("%d partial orders, want %d", len(got.orders), len(want.orders))
			case bound == noBound && got.full != len(got.orders):
				t.Errorf("%d executions of %d partial orders", got.full, len(got.orders))
			}
			if t.Failed() {
				t.Fatalf("program %d, bound %d: %v; replay with -explore.programs=5 -explore.first=%[1]d", seed, bound, p.threads)
			}
		}
	}
}
