package sched

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/ringbuffer"
)

// A patrolled is a source at which nobody keeps a spinner before it may.
type patrolled struct {
	pile
	gap *arrivalGap
	may chan struct{}
}

func (o *patrolled) Poll() (v int, age uint64, status ringbuffer.Status) {
	if o.gap.lock.TryLock() {
		o.gap.lock.Unlock()
	} else {
		<-o.may
	}
	return o.pile.Poll()
}

// Goal: who waits for the end of all items is not kept waiting by a spinner.
//
// Method: the spinner goes on only once the wait is over.
func TestWaitEndsBeforeASpinner(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source, spin := &patrolled{may: make(chan struct{})}, make(chan struct{})
		s := New(Config[int]{Workers: 1, Source: source, Run: func(w *Worker[int], _ int) {
			<-spin
			w.Settle(Completed)
		}})
		source.gap = &s.gap
		s.gap.limit = 100 * time.Microsecond
		s.gap.add(20*time.Microsecond, 20)
		must(t, s.TrySubmit(1))
		s.Start()
		go func() {
			synctest.Wait() // until the other waits
			close(spin)
		}()
		s.Wait(nil)
		synctest.Wait()
		if s.gap.lock.TryLock() {
			t.Error("no spinner")
		}
		close(source.may)
		stop(t, s)
	})
}
