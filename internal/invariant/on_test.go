//go:build race || invariants

package invariant_test

import (
	"testing"

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
	if yes[0] != 0 || yes[1] < 700 || yes[1] > 1300 || yes[2] != calls {
		t.Errorf("at 0, 50 and 100 percent true came %d times of %d each", yes, calls)
	}
}
