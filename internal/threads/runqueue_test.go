package threads

import (
	"runtime"
	"runtime/metrics"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Goal: a goroutine that could run is seen to wait for the only processor.
func TestRunQueueTellsThatAGoroutineWaits(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	q := NewRunQueue()
	var over atomic.Bool
	ended := make(chan struct{})
	go func() {
		for !over.Load() {
		}
		close(ended)
	}()
	waited := false
	for range 1000 {
		waited = waited || q.Waiting()
	}
	over.Store(true)
	<-ended
	assert.True(t, waited, "it never waited")
}

// Goal: the queue is reported as empty at times, unless the runtime does not report it.
func TestRunQueueIsEmptyAtTimes(t *testing.T) {
	q := NewRunQueue()
	metrics.Read(q.runnable)
	for q.runnable[0].Value.Kind() != metrics.KindBad && q.Waiting() {
		Pause()
	}
}
