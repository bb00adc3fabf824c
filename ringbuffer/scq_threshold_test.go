package ringbuffer

import "testing"

// A take that finds nothing looks at as many positions as an index that is there can
// make it pass, and no further; where nothing was put since, it looks at none. Puts
// that have claimed positions and come no further stand for what is passed.
func TestSCQTakeLooksNoFurtherThanItMust(t *testing.T) {
	var r indexRing
	r.init(2, 0)
	want := func(what string, looks int64) {
		t.Helper()
		before := r.head.Load()
		if i, ok := r.take(); ok {
			t.Errorf("%s: a take got index %d", what, i)
		}
		if n := int64(r.head.Load() - before); n != looks {
			t.Errorf("%s: a take looked at %d positions, want %d", what, n, looks)
		}
	}
	want("new", 0)
	r.put(1)
	if i, ok := r.take(); i != 1 || !ok {
		t.Errorf("took index %d, %t, want 1, true", i, ok)
	}
	r.tail.Add(100)
	want("stalled puts", r.maxThreshold+1)
	want("stalled puts, again", 0)
}
