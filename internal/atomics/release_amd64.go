//go:build amd64 && !race && !model

package atomics

import "unsafe"

// StoreRelease stores v in x. Whoever loads v by x.Load sees all that the caller
// wrote before. It is no more than that: unlike x.Store it lets loads of the caller
// that come after it be done before others see v. Between such a pair there must
// be a store or an update of the other kind.
//
// Go has no such store, though on amd64 each plain one is: the processor shows
// stores to others in their order, and the compiler keeps them in it. x.Store is
// a locked exchange there, at twenty times the price: 5 ns.
func StoreRelease(x *Uint64, v uint64) { *(*uint64)(unsafe.Pointer(x)) = v }

// StorePointerRelease is StoreRelease of a pointer.
func StorePointerRelease[T any](x *Pointer[T], v *T) { *(**T)(unsafe.Pointer(x)) = v }

// expandRelease is to these functions what expand is to the methods.
func expandRelease() {
	var v Uint64
	StoreRelease(&v, 1)
	var p Pointer[int]
	StorePointerRelease(&p, nil)
}

var _ = expandRelease
