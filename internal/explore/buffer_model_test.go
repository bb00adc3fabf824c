//go:build model

package explore

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/atomics"
)

// Two goroutines each say that they are there and look for the other: with release
// stores, and with them only, both may miss it.
func TestReleaseStoresAreSeenLate(t *testing.T) {
	type says func(x *atomics.Uint64)
	release := func(x *atomics.Uint64) { atomics.StoreRelease(x, 1) }
	full := func(x *atomics.Uint64) { x.Store(1) }
	for _, c := range []struct {
		name    string
		a, b    says
		buffers bool
		missed  bool
	}{
		{"both release", release, release, true, true},
		{"one releases", release, full, true, true},
		{"none releases", full, full, true, false},
		{"without buffers", release, release, false, false},
	} {
		r := Explore(Config{Preemptions: All, Buffers: c.buffers}, func(x *X) {
			var a, b, missed atomics.Uint64
			meet := func(say says, mine, other *atomics.Uint64) func() {
				return func() {
					say(mine)
					if other.Load() == 0 {
						missed.Add(1)
					}
				}
			}
			x.Go("a", meet(c.a, &a, &b))
			x.Go("b", meet(c.b, &b, &a))
			x.After(func() error {
				if missed.Load() == 2 {
					x.Fail("both missed the other")
				}
				return nil
			})
		})
		assert.Equal(t, c.missed, r.Failure != nil,
			"%s: %v, failure %v, want one: %t", c.name, r, r.Failure, c.missed)
		if !c.missed && !r.Complete {
			t.Errorf("%s: %v, want all seen", c.name, r)
		}
	}
}

// A goroutine sees its own stores at once; others see them in their order, and all of
// them before what comes after a fence.
func TestReleaseStoresKeepTheirOrder(t *testing.T) {
	r := Explore(Config{Preemptions: All, Buffers: true}, func(x *X) {
		var a, b, c atomics.Uint64
		x.Go("writer", func() {
			atomics.StoreRelease(&a, 1)
			atomics.StoreRelease(&a, 2)
			atomics.StoreRelease(&b, 1)
			if got := a.Load(); got != 2 {
				x.Fail("the writer sees %d of its own, want 2", got)
			}
			c.Store(1)
		})
		x.Go("reader", func() {
			third, second, first := c.Load(), b.Load(), a.Load()
			if third > second || second == 1 && first != 2 {
				x.Fail("saw %d, %d, %d", first, second, third)
			}
		})
	})
	assert.Nil(t, r.Failure, r)
	assert.True(t, r.Complete, r)
}
