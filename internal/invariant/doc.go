// Package invariant lets code check its invariants in test builds only.
//
// Enabled is a constant: true under -race and under -tags invariants, otherwise false. A check
// behind it costs a release build nothing.
package invariant

import "fmt"

// Check panics with the message if ok is false. It must be called behind Enabled.
func Check(ok bool, format string, args ...any) {
	if !ok {
		panic("invariant violated: " + fmt.Sprintf(format, args...))
	}
}
