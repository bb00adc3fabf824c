//go:build race || invariants

package invariant_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/invariant"
)

const wantEnabled = true

func TestSometimesKeepsToItsPercentage(t *testing.T) {
	var yes [3]int
	const calls = 2000
	for range calls {
		for i, percent := range []int{0, 50, 100} {
			if invariant.Sometimes(percent) {
				yes[i]++
			}
		}
	}
	// Of 2000 draws at 50 percent, 1000 ± 300 is 13 standard deviations.
	assert.Zero(t, yes[0])
	assert.InDelta(t, 1000, yes[1], 300)
	assert.Equal(t, calls, yes[2])
}
