package watchdog

import (
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// A testRun is known by its number.
type testRun int

func (r testRun) Key() testRun        { return r }
func (r testRun) TaskID() string      { return string(rune('a' + r)) }
func (r testRun) Stack(Stacks) []byte { return []byte("of " + r.TaskID()) }

// A bench is a Watchdog of a second, the runs it watches and what it reported.
type bench struct {
	*Watchdog[testRun, testRun]

	mu       sync.Mutex
	runs     map[testRun]bool
	reported []LongRun
}

func newBench() *bench {
	b := &bench{runs: map[testRun]bool{}}
	b.Watchdog = New(Config[testRun, testRun]{
		After: time.Second,
		Runs: func(yield func(testRun) bool) {
			b.mu.Lock()
			defer b.mu.Unlock()
			maps.Keys(b.runs)(yield)
		},
		Report: func(l LongRun) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.reported = append(b.reported, l)
		},
		CallUser: func(f func()) { f() },
	})
	return b
}

func (b *bench) begin(r testRun) {
	b.mu.Lock()
	b.runs[r] = true
	b.mu.Unlock()
	b.Wake()
}

func (b *bench) end(r testRun) {
	b.mu.Lock()
	delete(b.runs, r)
	b.mu.Unlock()
}

func (b *bench) reports() []LongRun {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.reported)
}

// pass lets time pass and the checks of that time end.
func (b *bench) pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func TestLongRunIsReportedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.begin(0)
		b.pass(time.Second)
		assert.Empty(t, b.reports())
		b.pass(250 * time.Millisecond)
		assert.Equal(t, []LongRun{{"a", time.Second, []byte("of a")}}, b.reports())
		b.pass(time.Minute)
		assert.Len(t, b.reports(), 1)
		assert.EqualValues(t, 1, b.Found())
		b.Stop(nil)
		assert.False(t, b.Pending())
	})
}

func TestRunsOfDifferentKeysAreNoLongRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		for r := range testRun(20) {
			b.begin(r)
			b.pass(900 * time.Millisecond)
			b.end(r)
		}
		assert.Empty(t, b.reports())
		b.Stop(nil)
	})
}

// Goal: without runs there is no timer, and the next run sets it again.
func TestTimerIsSetOnlyWhileThereAreRuns(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		for r := range testRun(3) {
			assert.False(t, b.Pending())
			b.begin(r)
			assert.True(t, b.Pending())
			b.pass(2 * time.Second)
			b.end(r)
			b.pass(time.Second)
		}
		assert.False(t, b.Pending())
		assert.Len(t, b.reports(), 3)
	})
}
