//go:build model

package ringbuffer_test

import (
	"testing"

	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/hook/hooktest"
	"github.com/user/millrace/ringbuffer"
)

// Steps of Words.Offer and Poll on a ring nobody else uses: load the position, load
// the slot, claim and lock, store into the slot, unlock.
const beforeStoring, beforeUnlocking = 4, 5

// TestWordsBusyBehindAPush: while a push is stopped no other goes on, and no pop gets
// past its slot.
func TestWordsBusyBehindAPush(t *testing.T) {
	for _, stop := range []int{beforeStoring, beforeUnlocking} {
		x := stalls(t)
		q := ringbuffer.NewBoxedAt[int](3, 0)
		wantStatus(t, "offer", q.Offer(1), ringbuffer.Done)
		reached := x.at(stop, func() { wantStatus(t, "the push", q.Offer(2), ringbuffer.Done) }, func() {
			if q.Len() != 2 {
				t.Errorf("stopped at %d: Len %d, want 2", stop, q.Len())
			}
			wantStatus(t, "offer", q.Offer(3), ringbuffer.Busy)
			wantPoll(t, q, 1, ringbuffer.Done)
			if stop == beforeStoring {
				wantPoll(t, q, 0, ringbuffer.Busy)
			} else {
				wantPoll(t, q, 2, ringbuffer.Done)
				wantPoll(t, q, 0, ringbuffer.Empty)
			}
		})
		if !reached {
			t.Fatal("the push was not stopped")
		}
		if stop == beforeStoring {
			wantPoll(t, q, 2, ringbuffer.Done)
		}
		wantStatus(t, "offer", q.Offer(3), ringbuffer.Done)
		wantPoll(t, q, 3, ringbuffer.Done)
	}
}

// TestWordsBusyBehindAPop: while a pop is stopped no other goes on, and no push gets
// past its slot.
func TestWordsBusyBehindAPop(t *testing.T) {
	for _, stop := range []int{beforeStoring, beforeUnlocking} {
		x := stalls(t)
		q := ringbuffer.NewBoxedAt[int](2, 0)
		wantStatus(t, "offer", q.Offer(1), ringbuffer.Done)
		wantStatus(t, "offer", q.Offer(2), ringbuffer.Done)
		reached := x.at(stop, func() { wantPoll(t, q, 1, ringbuffer.Done) }, func() {
			if q.Len() != 1 {
				t.Errorf("stopped at %d: Len %d, want 1", stop, q.Len())
			}
			wantPoll(t, q, 0, ringbuffer.Busy)
			if stop == beforeStoring {
				wantStatus(t, "offer", q.Offer(3), ringbuffer.Busy)
			} else {
				wantStatus(t, "offer", q.Offer(3), ringbuffer.Done)
				wantStatus(t, "offer", q.Offer(4), ringbuffer.Full)
			}
		})
		if !reached {
			t.Fatal("the pop was not stopped")
		}
		wantPoll(t, q, 2, ringbuffer.Done)
	}
}

// A biased pop does without a locked instruction: it loads and stores.
func TestBiasedPopsUpdateNothing(t *testing.T) {
	q := ringbuffer.NewBoxedAt[int](10, 0)
	for v := range 10 {
		wantStatus(t, "offer", q.Offer(v), ringbuffer.Done)
	}
	var p ringbuffer.Popper
	for range ringbuffer.FirstBiasAfter + 1 {
		q.PollBy(&p)
	}
	var rec hooktest.Recorder
	rec.Record(t)
	for range 5 {
		if _, status := q.PollBy(&p); status != ringbuffer.Done {
			t.Errorf("a pop was answered %v", status)
		}
	}
	for _, c := range rec.Calls {
		if c.Op != hook.Load && c.Op != hook.Store || c.Method != "Step" {
			t.Errorf("step %+v, want loads and stores only", c)
		}
	}
}
