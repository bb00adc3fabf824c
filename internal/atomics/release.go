//go:build !model && (!amd64 || race)

package atomics

// StoreRelease stores v in x. Whoever loads v by x.Load sees all that the caller
// wrote before. It is no more than that: unlike x.Store it lets loads of the caller
// that come after it be done before others see v. Between such a pair there must
// be a store or an update of the other kind.
func StoreRelease(x *Uint64, v uint64) { x.Store(v) }

// StorePointerRelease is StoreRelease of a pointer.
func StorePointerRelease[T any](x *Pointer[T], v *T) { x.Store(v) }
