package sched

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestWorkerCountGrowsOnlyBelowSize(t *testing.T) {
	var c workerCount
	c.word.Store(1 << 32)
	if first, second := c.join(), c.join(); !first || second {
		t.Error("of two, not exactly one joined a worker count of size 1")
	}
	assert.False(t, c.leaveIfOver(), "one left a worker count that has as many as wanted")
	c.resize(3)
	if first, second, third := c.join(), c.join(), c.join(); !first || !second || third {
		t.Error("of three, not exactly two joined a worker count that grew from 1 to 3")
	}
	c.resize(1)
	if first, second, third := c.leaveIfOver(), c.leaveIfOver(), c.leaveIfOver(); !first || !second || third {
		t.Error("not exactly two left a worker count that shrank from 3 to 1")
	}
	c.leave()
	size, alive := c.load()
	assert.Equal(t, 1, size)
	assert.Zero(t, alive)
}

func TestWorkerCountHaltIsForGood(t *testing.T) {
	var c workerCount
	c.word.Store(2 << 32)
	c.join()
	assert.False(t, c.halted(), "size 0 does not halt")
	assert.True(t, c.resize(0), "size 0 does not halt")
	assert.True(t, c.halted(), "size 0 does not halt")
	assert.False(t, c.resize(1), "a halted worker count came back")
	assert.False(t, c.join(), "a halted worker count came back")
	assert.True(t, c.halted(), "a halted worker count came back")
	first, second := c.leaveIfOver(), c.leaveIfOver()
	assert.True(t, first, "not exactly the one alive left")
	assert.False(t, second, "not exactly the one alive left")
}

// Goal: alive is never above the largest size, and in the end as many as joined
// and did not leave.
func TestWorkerCountCountsExactly(t *testing.T) {
	const largest = 5
	var c workerCount
	c.word.Store(largest << 32)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			in := 0
			for j := range times(50_000) {
				if c.join() {
					in++
				}
				if _, alive := c.load(); alive > largest {
					t.Errorf("%d alive", alive)
				}
				switch {
				case i == 0:
					c.resize(1 + j%largest)
				case in > 0 && c.leaveIfOver():
					in--
				case in > 0:
					c.leave()
					in--
				}
			}
			for ; in > 0; in-- {
				c.leave()
			}
		})
	}
	all.Wait()
	_, alive := c.load()
	assert.Zero(t, alive, "alive in the end")
}

// Goal: a slot is used again before there is another one.
func TestSlotsAreUsedAgain(t *testing.T) {
	s := New(Config[int]{Workers: 3})
	r := &s.slots
	for n := 1; n <= 3; n++ {
		for range 3 {
			var workers []*Worker[int]
			for range n {
				workers = append(workers, r.occupy(s))
			}
			for _, w := range workers {
				r.vacate(w)
			}
			require.Equal(t, n, len(r.all()), "slots for %d workers", n)
		}
	}
}
