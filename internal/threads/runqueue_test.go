package threads

import (
	"runtime"
	"sync/atomic"
	"testing"
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
	if !waited {
		t.Error("it never waited")
	}
}

// Goal: none is said to wait for ever where none does.
func TestRunQueueIsEmptyAtTimes(t *testing.T) {
	q := NewRunQueue()
	for q.Waiting() {
		Pause()
	}
}
