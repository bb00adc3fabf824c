//go:build model

package explore

import (
	"fmt"
	"math/rand/v2"
	"slices"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/threads"
)

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
