//go:build !model && (!amd64 || race)

package atomics

// StoreRelease stores v in x. A goroutine that loads v by x.Load sees all that the caller
// wrote before. It guarantees no more: unlike with x.Store, later loads of the caller may
// be done before others see v. A caller that needs that order must put a store or an
// update of another kind between the two.
func StoreRelease(x *Uint64, v uint64) { x.Store(v) }

// StorePointerRelease is StoreRelease for a pointer.
func StorePointerRelease[T any](x *Pointer[T], v *T) { x.Store(v) }
