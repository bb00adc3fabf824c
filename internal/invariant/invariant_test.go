package invariant_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/invariant"
)

// Only a constant compiles here: an if on Enabled costs a release build
// nothing.
const _ = invariant.Enabled

func TestEnabledFollowsTheBuildTags(t *testing.T) {
	assert.Equal(t, wantEnabled, invariant.Enabled)
}

func TestCheckPanicsOnlyIfViolated(t *testing.T) {
	invariant.Check(true, "head %d ≤ tail %d", 1, 2)
	assert.PanicsWithValue(t, "invariant violated: head 3 ≤ tail 2", func() {
		invariant.Check(false, "head %d ≤ tail %d", 3, 2)
	})
}
