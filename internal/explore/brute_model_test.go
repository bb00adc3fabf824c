//go:build model

package explore

import (
	"flag"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/invariant"
	"github.com/user/millrace/internal/threads"
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

// A program is a random scenario: small goroutines on few words.
type program struct {
	threads [][]step
	tell    func(outcome string) // told how each execution ended
}

type step struct{ what, word, value int }

const (
	doLoad = iota
	doStore
	doAdd
	doCAS
	doPark
	doUnpark
	doAwait // pauses until a word is not 0
	doStart // a goroutine
	doTimer
	doStopTimer
	doChoose
	doClose
	doParkDone
	doCall
)

func randomProgram(rng *rand.Rand) *program {
	allowed := []int{
		doLoad, doLoad, doStore, doAdd, doCAS, doPark, doUnpark, doUnpark, doAwait,
		doStart, doTimer, doStopTimer, doChoose, doClose, doParkDone, doCall,
	}
	if rng.IntN(3) == 0 {
		allowed = allowed[:5] // of words
	}
	p := &program{threads: make([][]step, 2+rng.IntN(2))}
	for i := range p.threads {
		for range 1 + rng.IntN(4) {
			p.threads[i] = append(p.threads[i], step{allowed[rng.IntN(len(allowed))], rng.IntN(3), rng.IntN(3)})
		}
	}
	return p
}

func (p *program) scenario(x *X) {
	var words [3]atomics.Uint64
	var parkers [3]*threads.Parker
	var out [maxThreads]string
	for i := range parkers {
		parkers[i] = threads.NewParker()
	}
	done := x.Done()
	h := Record[int](x)
	var order [maxThreads]int // of the calls
	var stops [3]func() bool
	var body func(i int, steps []step)
	body = func(i int, steps []step) {
		for _, st := range steps {
			w := &words[st.word]
			switch st.what {
			case doLoad:
				out[i] += fmt.Sprint(w.Load(), " ")
			case doStore:
				w.Store(uint64(st.value))
			case doAdd:
				out[i] += fmt.Sprint(w.Add(uint64(st.value)), " ")
			case doCAS:
				out[i] += fmt.Sprint(w.CompareAndSwap(uint64(st.value), uint64(i+3)), " ")
			case doPark:
				parkers[i].Park(nil)
			case doUnpark:
				parkers[st.word].Unpark()
			case doAwait:
				for w.Load() == 0 {
					threads.Pause()
				}
			case doStart:
				if i < 3 {
					n := 3 + i
					order[n]++
					if order[n] == 1 {
						threads.Go(func() { body(n, []step{{doAdd, st.word, 1}, {doLoad, st.value, 1}}) })
					}
				}
			case doTimer:
				if i < 3 && stops[i] == nil {
					stops[i] = threads.AfterFunc(1, func() { body(6+i, []step{{doAdd, st.word, 1}}) }).Stop
				}
			case doStopTimer:
				if i < 3 && stops[i] != nil {
					out[i] += fmt.Sprint(stops[i](), " ")
				}
			case doChoose:
				w.Add(uint64(x.Choose(2)))
			case doClose:
				done.Close()
			case doParkDone:
				out[i] += fmt.Sprint(parkers[i].Park(done.C()), " ")
			case doCall:
				h.Do("add", func() int { return int(w.Add(uint64(st.value + 1))) })
			}
		}
	}
	for i, steps := range p.threads {
		x.Go(fmt.Sprint("t", i), func() { body(i, steps) })
	}
	x.AtRest(func() error { return nil })
	x.After(func() error {
		s, pairs := "", []string{}
		for i := range words {
			s += fmt.Sprint(words[i].Load(), " ")
		}
		for a := range h.calls {
			for b := range h.calls {
				if h.calls[a].to < h.calls[b].from {
					pairs = append(pairs, fmt.Sprintf("%d<%d", h.calls[a].call, h.calls[b].call))
				}
			}
		}
		slices.Sort(pairs)
		s += fmt.Sprint(pairs)
		p.tell(s + fmt.Sprint(out))
		return nil
	})
}

// awaits reports whether some goroutine waits in a loop: how often it looks in vain
// tells partial orders apart that are alike.
func (p *program) awaits() bool {
	for _, steps := range p.threads {
		for _, st := range steps {
			if st.what == doAwait {
				return true
			}
		}
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
