package threads_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/threads"
)

func TestTryLockTakesAFreeLockOnce(t *testing.T) {
	var l threads.TryLock
	for round := range 3 {
		require.True(t, l.TryLock(), "round %d: TryLock is false, the lock is free", round)
		for range 3 {
			require.False(t, l.TryLock(), "round %d: TryLock is true, the lock is held", round)
		}
		l.Unlock()
	}
}

// Goal: one holder at a time, who sees what the one before wrote.
//
// Method: holders add to a plain variable. Two at once lose a count or, like a
// missing edge, show under the race detector.
func TestTryLockExcludes(t *testing.T) {
	const goroutines = 4
	var (
		l     threads.TryLock
		count int
		all   sync.WaitGroup
		n     = rounds()
	)
	for range goroutines {
		all.Go(func() {
			for taken := 0; taken < n; {
				if !l.TryLock() {
					threads.Pause()
					continue
				}
				count++
				taken++
				l.Unlock()
			}
		})
	}
	all.Wait()
	assert.Equal(t, goroutines*n, count, "the lock was taken %d times, the holders counted %d", goroutines*n, count)
}
