//go:build race || invariants

package invariant

import "math/rand/v2"

// Enabled says whether this build checks invariants.
const Enabled = true

// Sometimes reports true in percent of 100 calls. Code calls it to open a race
// window wider: if invariant.Sometimes(10) { threads.Pause() }.
func Sometimes(percent int) bool { return rand.IntN(100) < percent }
