package ringbuffer

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// A take that finds nothing looks at as many positions as an index that is there can
// make it pass, and no further; where nothing was put since, it looks at none. Puts
// that have claimed positions and come no further stand for what is passed.
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
