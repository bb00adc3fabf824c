//go:build !model && (!amd64 || race)

package atomics

// StoreRelease stores v in x. Whoever loads v by x.Load sees all that the caller
// wrote before. It is no more than that: unlike x.Store it lets loads of the caller
// that come after it be done before others see v. Between such a pair there must
// be a store or an update of the other kind, or those others call Barrier.
func StoreRelease(x *Uint64, v uint64) { x.Store(v) }

// StorePointerRelease is StoreRelease of a pointer.
func StorePointerRelease[T any](x *Pointer[T], v *T) { x.Store(v) }

// HasBarrier reports whether Barrier may be called.
func HasBarrier() bool { return true }

// AskForBarrier is HasBarrier here.
func AskForBarrier() bool { return true }

// Barrier does nothing here, where StoreRelease is x.Store: see Barrier for amd64.
func Barrier() (ok bool) { return true }
