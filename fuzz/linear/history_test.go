package linear

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

var (
	histories = flag.Int("linear.histories", 2000, "how many histories of each kind are checked")
	seed      = flag.Uint64("linear.seed", 0, "the seed of the first history; 0 draws one")
)

// A history is what several clients did at the same time.
type history struct {
	begin time.Time
	mu    sync.Mutex
	ops   []porcupine.Operation
}

func (h *history) now() int64 { return int64(time.Since(h.begin)) }

// do records an operation of a client.
func (h *history) do(client int, input any, f func() any) {
	call := h.now()
	output := f()
	h.add(porcupine.Operation{ClientId: client, Input: input, Call: call, Output: output, Return: h.now()})
}

func (h *history) add(op porcupine.Operation) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.ops = append(h.ops, op)
}

// check records histories and checks them against the model. record lets its
// clients loose once they are all there.
func check(t *testing.T, model porcupine.Model, record func(h *history, r *rand.Rand)) {
	first := *seed
	if first == 0 {
		first = rand.Uint64N(1 << 40)
	}
	n := *histories
	if testing.Short() {
		n /= 10
	}
	overlaps := 0
	for i := uint64(0); i < uint64(n) || overlaps == 0 && i < 100*uint64(n); i++ { // a busy machine may let none overlap for long
		h := &history{begin: time.Now()}
		record(h, rand.New(rand.NewPCG(first+i, 0)))
		overlaps += h.overlaps()
		if result := porcupine.CheckOperationsTimeout(model, h.ops, 20*time.Second); result != porcupine.Ok {
			t.Fatalf("-linear.seed=%d: %s\n%s", first+i, result, h)
		}
	}
	if overlaps == 0 && runtime.GOMAXPROCS(0) > 1 {
		t.Error("no two operations of any history overlapped")
	}
}

// overlaps counts the neighbours, by the time of their call, that ran at a time.
func (h *history) overlaps() (n int) {
	for i, a := range h.ops {
		for _, b := range h.ops[i+1:] {
			if a.ClientId != b.ClientId && a.Call <= b.Return && b.Call <= a.Return {
				n++
			}
		}
	}
	return n
}

func (h *history) String() string {
	var b strings.Builder
	for _, op := range h.ops {
		fmt.Fprintf(&b, "%8d … %8d  client %d  %v: %v\n", op.Call, op.Return, op.ClientId, op.Input, op.Output)
	}
	return b.String()
}

// together runs f for each of n clients, all at once.
func together(n int, f func(client int)) {
	var ready, done sync.WaitGroup
	ready.Add(n)
	for client := range n {
		done.Go(func() {
			ready.Done()
			ready.Wait()
			f(client)
		})
	}
	done.Wait()
}
