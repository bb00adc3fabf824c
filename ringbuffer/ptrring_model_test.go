//go:build model

package ringbuffer_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/ringbuffer"
)

// Steps of PtrRing.Offer and Poll on a ring no other goroutine uses: load the position, load
// the slot, claim and lock, store into the slot, unlock.
const beforeStoring, beforeUnlocking = 4, 5

// TestPtrRingBusyBehindAPush: while a push is stopped no other goes on, and no pop gets
// past its slot.
func TestPtrRingBusyBehindAPush(t *testing.T) {
	for _, stop := range []int{beforeStoring, beforeUnlocking} {
		x := stalls(t)
		q := ringbuffer.NewBoxedAt[int](3, 0)
		wantStatus(t, "offer", q.Offer(1), ringbuffer.Done)
		reached := x.at(stop, func() { wantStatus(t, "the push", q.Offer(2), ringbuffer.Done) }, func() {
			assert.Equal(t, 2, q.Len(), "stopped at %d: Len %d", stop, q.Len())
			wantStatus(t, "offer", q.Offer(3), ringbuffer.Busy)
			wantPoll(t, q, 1, ringbuffer.Done)
			if stop == beforeStoring {
				wantPoll(t, q, 0, ringbuffer.Busy)
			} else {
				wantPoll(t, q, 2, ringbuffer.Done)
				wantPoll(t, q, 0, ringbuffer.Empty)
			}
		})
		require.True(t, reached, "the push was not stopped")
		if stop == beforeStoring {
			wantPoll(t, q, 2, ringbuffer.Done)
		}
		wantStatus(t, "offer", q.Offer(3), ringbuffer.Done)
		wantPoll(t, q, 3, ringbuffer.Done)
	}
}

// TestPtrRingBusyBehindAPop: while a pop is stopped no other goes on, and no push gets
// past its slot.
func TestPtrRingBusyBehindAPop(t *testing.T) {
	for _, stop := range []int{beforeStoring, beforeUnlocking} {
		x := stalls(t)
		q := ringbuffer.NewBoxedAt[int](2, 0)
		wantStatus(t, "offer", q.Offer(1), ringbuffer.Done)
		wantStatus(t, "offer", q.Offer(2), ringbuffer.Done)
		reached := x.at(stop, func() { wantPoll(t, q, 1, ringbuffer.Done) }, func() {
			assert.Equal(t, 1, q.Len(), "stopped at %d: Len %d", stop, q.Len())
			wantPoll(t, q, 0, ringbuffer.Busy)
			if stop == beforeStoring {
				wantStatus(t, "offer", q.Offer(3), ringbuffer.Busy)
			} else {
				wantStatus(t, "offer", q.Offer(3), ringbuffer.Done)
				wantStatus(t, "offer", q.Offer(4), ringbuffer.Full)
			}
		})
		require.True(t, reached, "the pop was not stopped")
		wantPoll(t, q, 2, ringbuffer.Done)
	}
}
