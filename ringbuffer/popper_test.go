package ringbuffer_test

import (
	"testing"

	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/ringbuffer"
)

// filled returns a ring of n values that gets biased after that many pops in a row.
func filled(n int, biasAfter uint32) *ringbuffer.Words[*int] {
	r := ringbuffer.NewWords[*int](n)
	r.SetBiasAfter(biasAfter)
	fill(r)
	return r
}

func fill(r *ringbuffer.Words[*int]) {
	for r.TryPush(new(int)) {
	}
}

func popAll(t *testing.T, r *ringbuffer.Words[*int], p *ringbuffer.Popper, n int) {
	t.Helper()
	for range n {
		if _, status := r.PollBy(p); status != ringbuffer.Done {
			t.Fatalf("a pop was answered %v", status)
		}
	}
}

// wantBiased fails the test unless pops are biased just if they should be, and can be.
func wantBiased(t *testing.T, r *ringbuffer.Words[*int], want bool, when string) {
	t.Helper()
	if got := r.Biased(); got != (want && atomics.HasBarrier()) {
		t.Errorf("%s: biased is %t", when, got)
	}
}

func TestBiasComesAfterPopsInARow(t *testing.T) {
	atomics.AskForBarrier()
	var p, other ringbuffer.Popper

	r := filled(20, 5)
	popAll(t, r, &p, 5)
	wantBiased(t, r, false, "5 pops")
	popAll(t, r, &p, 1)
	wantBiased(t, r, true, "6 pops")

	r = filled(20, 5)
	for range 9 {
		popAll(t, r, &p, 1)
		popAll(t, r, &other, 1)
	}
	wantBiased(t, r, false, "two in turn")

	r = filled(5, 5)
	popAll(t, r, &p, 5)
	if _, status := r.PollBy(&p); status != ringbuffer.Empty {
		t.Errorf("an empty ring was answered %v", status)
	}
	fill(r)
	popAll(t, r, &p, 1)
	wantBiased(t, r, false, "6 pops, the ring empty between")
}

// The bias ends where another goroutine pops, in whatever way, and the row begins anew.
func TestPopOfAnotherEndsTheBias(t *testing.T) {
	atomics.AskForBarrier()
	for name, pop := range map[string]func(r *ringbuffer.Words[*int]) bool{
		"TryPop":      func(r *ringbuffer.Words[*int]) bool { _, ok := r.TryPop(); return ok },
		"TryPopBatch": func(r *ringbuffer.Words[*int]) bool { return r.TryPopBatch(make([]*int, 1)) == 1 },
		"PollBy": func(r *ringbuffer.Words[*int]) bool {
			var other ringbuffer.Popper
			_, status := r.PollBy(&other)
			if status == ringbuffer.Busy { // having taken the bias away
				_, status = r.PollBy(&other)
			}
			return status == ringbuffer.Done
		},
	} {
		var p ringbuffer.Popper
		r := filled(20, 5)
		popAll(t, r, &p, 8)
		wantBiased(t, r, true, "8 pops")
		if !pop(r) {
			t.Errorf("%s: nothing was popped beside the bias", name)
		}
		wantBiased(t, r, false, name)
		popAll(t, r, &p, 5)
		wantBiased(t, r, false, "5 pops")
	}
}

func TestEmptyRingEndsTheBias(t *testing.T) {
	atomics.AskForBarrier()
	var p ringbuffer.Popper
	r := filled(10, 5)
	popAll(t, r, &p, 10)
	wantBiased(t, r, true, "10 pops")
	if _, status := r.PollBy(&p); status != ringbuffer.Empty {
		t.Errorf("an empty ring was answered %v", status)
	}
	wantBiased(t, r, false, "empty")
}

// The row to the next bias is longer after each that was taken away, and shorter after
// those that were not, between two bounds.
func TestBiasesTakenAwayMakeTheNextOneLate(t *testing.T) {
	if !atomics.AskForBarrier() {
		t.Log("this system has no barrier: no pop is biased here")
		return
	}
	var p ringbuffer.Popper
	const most = ringbuffer.MaxBiasAfter
	for after, want := range map[uint32]uint32{64: 256, most / 2: most, most: most} {
		r := filled(int(after)+2, after)
		popAll(t, r, &p, int(after)+1)
		r.TryPop()
		if got := r.BiasAfter(); got != want {
			t.Errorf("after %d pops, and it was taken away: after %d, want %d", after, got, want)
		}
	}
	const least = ringbuffer.MinBiasAfter
	for after, want := range map[uint32]uint32{least + 800: least + 700, least: least, 1: 1} {
		r := filled(int(after)+1, after)
		popAll(t, r, &p, int(after)+1)
		r.PollBy(&p)
		if got := r.BiasAfter(); got != want {
			t.Errorf("after %d pops, and nobody took it away: after %d, want %d", after, got, want)
		}
	}
}
