//go:build amd64 && !race && !model

package atomics

import "unsafe"

// StoreRelease stores v in x. A goroutine that loads v by x.Load sees all that the caller
// wrote before. It guarantees no more: unlike with x.Store, later loads of the caller may
// be done before others see v. A caller that needs that order must put a store or an
// update of another kind between the two.
//
// Go has no such store, but each plain store on amd64 is one: the processor shows stores
// to others in order, and the compiler keeps that order. x.Store is a locked exchange
// there, at twenty times the cost: 5 ns.
func StoreRelease(x *Uint64, v uint64) { *(*uint64)(unsafe.Pointer(x)) = v }

// StorePointerRelease is StoreRelease for a pointer.
func StorePointerRelease[T any](x *Pointer[T], v *T) { *(**T)(unsafe.Pointer(x)) = v }

// expandRelease does for these functions what expand does for the methods.
func expandRelease() {
	var v Uint64
	StoreRelease(&v, 1)
	var p Pointer[int]
	StorePointerRelease(&p, nil)
}

var _ = expandRelease
