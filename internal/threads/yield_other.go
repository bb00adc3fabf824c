//go:build !linux && !model

package threads

// YieldThread does nothing on this system.
func YieldThread() {}
