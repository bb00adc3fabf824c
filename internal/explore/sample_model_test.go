//go:build model

package explore

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/atomics"
)

// Goal: a walk that knows how many steps there are takes each way to interleave them as
// often as any other.
//
// Method: two steps each of two goroutines, that they begin being one, can be interleaved
// in six ways. To toss a coin each time would take aabb twice as often as abab.
func TestWalkTakesAllInterleavingsAlike(t *testing.T) {
	var st stage
	defer st.close()
	const each = 200
	met := map[string]int{}
	for seed := range uint64(6 * each) {
		var order strings.Builder
		st.run(func(x *X) {
			for _, name := range []string{"a", "b"} {
				var word atomics.Uint32
				x.Go(name, func() {
					order.WriteString(name)
					word.Add(1)
					order.WriteString(name)
				})
			}
		}, newURW(seed, []int{2, 2}), Config{}.withDefaults().settings(false))
		met[order.String()]++
	}
	for order, n := range met {
		assert.GreaterOrEqual(t, n, each*3/4, order)
		assert.LessOrEqual(t, n, each*5/4, order)
	}
	assert.Len(t, met, 6)
}

// Goal: a PCT of depth d lowers the running goroutine at d-1 places, so that it preempts so
// often at most, and in some schedules as often.
func TestDepthIsHowOftenPrioritiesChange(t *testing.T) {
	var st stage
	defer st.close()
	for depth := 1; depth <= 4; depth++ {
		most := 0
		for seed := range uint64(200) {
			e := st.run(func(x *X) {
				for range 2 {
					x.Go("g", func() {
						var word atomics.Uint32
						for range 20 {
							word.Add(1)
						}
					})
				}
			}, newPCT(seed, depth, 42), Config{}.withDefaults().settings(false))
			most = max(most, e.preemptions)
		}
		assert.Equal(t, depth-1, most, "depth %d: up to %d preemptions", depth, most)
	}
}
