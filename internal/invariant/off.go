//go:build !race && !invariants

package invariant

// Enabled says whether this build checks invariants.
const Enabled = false

// Sometimes reports false.
func Sometimes(percent int) bool { return false }
