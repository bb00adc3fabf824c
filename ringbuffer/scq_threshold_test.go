package ringbuffer

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A take that finds nothing reads as many positions as an existing index can make it pass, and no
// more. If nothing was put since, it reads none. Puts that have claimed positions and got no
// further stand for what is passed.
func TestSCQTakeLooksNoFurtherThanItMust(t *testing.T) {
	var r indexRing
	r.init(2, 0)
	want := func(what string, looks int64) {
		t.Helper()
		before := r.head.Load()
		i, ok := r.take()
		assert.False(t, ok, "%s: a take got index %d", what, i)
		n := int64(r.head.Load() - before)
		assert.Equal(t, looks, n, "%s: a take looked at %d positions", what, n)
	}
	want("new", 0)
	r.put(1)
	i, ok := r.take()
	assert.Equal(t, uint64(1), i)
	assert.True(t, ok)
	r.tail.Add(100)
	want("stalled puts", r.maxThreshold+1)
	want("stalled puts, again", 0)
}
