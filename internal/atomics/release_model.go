//go:build model

package atomics

import (
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// StoreRelease is the StoreRelease of a normal build, under the explorer's control.
func StoreRelease(x *Uint64, v uint64) {
	if hook.Current == nil {
		x.v.Store(v) // avoids the allocation of the call below
		return
	}
	hook.StoreLater(hook.Uint64, unsafe.Pointer(x), v, func() { x.v.Store(v) })
}

// StorePointerRelease is StoreRelease for a pointer.
func StorePointerRelease[T any](x *Pointer[T], v *T) {
	if hook.Current == nil {
		x.v.Store(v)
		return
	}
	hook.StoreLater(hook.Pointer, unsafe.Pointer(x), v, func() { x.v.Store(v) })
}
