//go:build race || invariants

package invariant

import "math/rand/v2"

// Enabled reports whether this build checks invariants.
const Enabled = true

// Sometimes reports true in percent of 100 calls. It serves to widen a race window:
// if invariant.Sometimes(10) { threads.Pause() }.
func Sometimes(percent int) bool { return rand.IntN(100) < percent }
