//go:build !race && !invariants

package invariant_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/invariant"
)

const wantEnabled = false

func TestSometimesIsNever(t *testing.T) {
	for _, percent := range []int{0, 50, 100} {
		for range 100 {
			require.False(t, invariant.Sometimes(percent),
				"Sometimes(%d) is true in a build that checks nothing", percent)
		}
	}
}
