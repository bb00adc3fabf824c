package invariant_test

import (
	"testing"

	"github.com/user/millrace/internal/invariant"
)

// Only a constant compiles here: an if on Enabled costs a release build
// nothing.
const _ = invariant.Enabled

func TestEnabledFollowsTheBuildTags(t *testing.T) {
	if got := invariant.Enabled; got != wantEnabled {
		t.Errorf("Enabled is %v, want %v", got, wantEnabled)
	}
}

func TestCheckPanicsOnlyIfViolated(t *testing.T) {
	invariant.Check(true, "head %d ≤ tail %d", 1, 2)

	defer func() {
		const want = "invariant violated: head 3 ≤ tail 2"
		if got := recover(); got != want {
			t.Errorf("Check panicked with %v, want %q", got, want)
		}
	}()
	invariant.Check(false, "head %d ≤ tail %d", 3, 2)
}
