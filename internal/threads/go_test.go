package threads_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/user/millrace/internal/threads"
)

// If Go called f itself, nobody would receive what f sends.
func TestGoDoesNotWaitForItsFunction(t *testing.T) {
	ran := make(chan struct{})
	threads.Go(func() { ran <- struct{}{} })
	<-ran
}

// Goal: a loop that pauses lets the goroutine run whose step it waits for.
//
// Method: one processor for both. Without a yield, a thousand turns of an empty
// loop are over long before the scheduler would take the processor away.
func TestPauseLetsOthersRun(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	var stepped atomic.Bool
	threads.Go(func() { stepped.Store(true) })
	for range 1000 {
		if stepped.Load() {
			return
		}
		threads.Pause()
	}
	t.Error("after 1000 pauses the other goroutine had not run")
}
