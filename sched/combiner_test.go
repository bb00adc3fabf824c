package sched

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Goal: after a request there is a whole run of the work that began after it, and only one
// goroutine at a time does the work.
//
// Method: each goroutine records its wish before it asks; the last run has seen all wishes of
// all goroutines. The race detector checks done.
func TestCombinerAnswersEachRequest(t *testing.T) {
	const goroutines = 8
	each := times(20_000)
	var c combiner
	var wishes, done [goroutines]int64
	work := func() {
		for i := range wishes {
			done[i] = atomic.LoadInt64(&wishes[i])
		}
	}
	var all sync.WaitGroup
	for i := range goroutines {
		all.Go(func() {
			for range each {
				atomic.AddInt64(&wishes[i], 1)
				c.request(work)
			}
		})
	}
	all.Wait()
	assert.Equal(t, wishes, done)
	assert.Zero(t, c.asked.Load(), "requests are not answered")
}

// Goal: a caller does not wait while another one does the work, which answers it.
func TestCombinerDoesNotMakeWait(t *testing.T) {
	var c combiner
	runs := 0
	c.request(func() {
		if runs++; runs == 1 {
			c.request(func() { t.Error("two at work") })
			c.request(func() { t.Error("two at work") })
		}
	})
	assert.Equal(t, 2, runs, "runs for a request and two during its work")
}
