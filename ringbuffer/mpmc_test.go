package ringbuffer_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/ringbuffer"
)

func TestMPMC(t *testing.T) {
	queuetest.Run(t, queuetest.Config{
		New: func(capacity int) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewMPMC[queuetest.Item](capacity)
		},
		NewAt: func(capacity int, origin uint64) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewMPMCAt[queuetest.Item](capacity, origin)
		},
	})
}

func TestCapacityPanicsSayWhich(t *testing.T) {
	for name, make := range map[string]func(int){
		"MPMC":      func(n int) { ringbuffer.NewMPMC[int](n) },
		"Unbounded": func(n int) { ringbuffer.NewUnbounded[int](n) },
		"SCQ":       func(n int) { ringbuffer.NewSCQ[int](n) },
	} {
		for _, n := range []int{0, -1, ringbuffer.MaxCap + 1} {
			func() {
				defer func() {
					want := fmt.Sprintf("ringbuffer: capacity = %d: must be in [1, %d]", n, ringbuffer.MaxCap)
					got := recover()
					assert.Equal(t, want, got, "%s of %d: got panic %v", name, n, got)
				}()
				make(n)
			}()
		}
	}
}

// TestCapacityMayBeMaxCap asks the check alone, not for the memory.
func TestCapacityMayBeMaxCap(t *testing.T) {
	defer func() {
		assert.Nil(t, recover())
	}()
	ringbuffer.CheckCapacity(1)
	ringbuffer.CheckCapacity(ringbuffer.MaxCap)
}

// TestLapsAreAsShortAsTheyCanBe: up to the next power of two, from which positions
// wrap as late as they can.
func TestLapsAreAsShortAsTheyCanBe(t *testing.T) {
	for capacity, want := range map[int]int{1: 0, 2: 0, 3: 1, 4: 0, 5: 3, 8: 0, 9: 7, 1000: 24, ringbuffer.MaxCap: 0} {
		assert.Equal(t, want, ringbuffer.Skipped(capacity), "capacity %d: indexes are skipped", capacity)
	}
}

// TestMPMCCountsAcrossTheWrap: Pushed, Popped and Len count positions, whatever the
// capacity leaves out of a lap and wherever the word wraps.
func TestMPMCCountsAcrossTheWrap(t *testing.T) {
	for _, capacity := range []int{1, 2, 3, 5, 6, 7, 8, 9, 1000} {
		for _, origin := range []uint64{0, 1<<32 - 1, 1<<63 - 1, 1<<64 - 1} {
			q := ringbuffer.NewMPMCAt[int](capacity, origin)
			pushed, popped := 0, 0
			for lap := range 5 {
				for range capacity - lap%min(2, capacity) {
					q.TryPush(pushed)
					pushed++
					if q.Pushed() != uint64(pushed) || q.Len() != pushed-popped {
						t.Fatalf("cap %d from %#x: pushed %d, counted %d, Len %d", capacity, origin, pushed, q.Pushed(), q.Len())
					}
				}
				for popped < pushed {
					if v, ok := q.TryPop(); !ok || v != popped {
						t.Fatalf("cap %d from %#x: pop %d: got %d, %t", capacity, origin, popped, v, ok)
					}
					popped++
					if q.Popped() != uint64(popped) || q.Len() != pushed-popped {
						t.Fatalf("cap %d from %#x: popped %d, counted %d, Len %d", capacity, origin, popped, q.Popped(), q.Len())
					}
				}
			}
			q.Close()
			require.Equal(t, uint64(pushed), q.Pushed(), "cap %d from %#x, closed", capacity, origin)
			require.Zero(t, q.Len(), "cap %d from %#x, closed", capacity, origin)
		}
	}
}

func TestMPMCStatus(t *testing.T) {
	q := ringbuffer.NewMPMC[int](2)
	offer := func(v int, want ringbuffer.Status) {
		t.Helper()
		assert.Equal(t, want, q.Offer(v))
	}
	poll := func(v int, want ringbuffer.Status, ready bool) {
		t.Helper()
		assert.Equal(t, ready, q.Ready())
		got, status := q.Poll()
		assert.Equal(t, v, got)
		assert.Equal(t, want, status)
	}
	poll(0, ringbuffer.Empty, false)
	offer(1, ringbuffer.Done)
	offer(2, ringbuffer.Done)
	offer(3, ringbuffer.Full)
	poll(1, ringbuffer.Done, true)
	q.Close()
	offer(3, ringbuffer.Closed)
	poll(2, ringbuffer.Done, true)
	poll(0, ringbuffer.Empty, false)
}

// TestRingsAllocateNothing: a push and a pop are free of allocation.
func TestRingsAllocateNothing(t *testing.T) {
	mpmc, scq := ringbuffer.NewMPMC[any](3), ringbuffer.NewSCQ[any](3)
	var v any = t
	vs := []any{v, v}
	words, ps := ringbuffer.NewPtrRing[*any](3), []*any{&v, &v}
	for name, round := range map[string]func(){
		"MPMC":    func() { mpmc.TryPush(v); mpmc.TryPushBatch(vs); mpmc.TryPop(); mpmc.TryPopBatch(vs) },
		"SCQ":     func() { scq.TryPush(v); scq.TryPushBatch(vs); scq.TryPop(); scq.TryPopBatch(vs) },
		"PtrRing": func() { words.TryPush(&v); words.TryPushBatch(ps); words.TryPop(); words.TryPopBatch(ps) },
	} {
		assert.Zero(t, testing.AllocsPerRun(100, round), "%s: allocations", name)
	}
}

func TestStatusString(t *testing.T) {
	for status, want := range map[ringbuffer.Status]string{
		ringbuffer.Done: "Done", ringbuffer.Full: "Full", ringbuffer.Empty: "Empty",
		ringbuffer.Closed: "Closed", ringbuffer.Busy: "Busy", 99: "Status(?)",
	} {
		assert.Equal(t, want, status.String())
	}
}
