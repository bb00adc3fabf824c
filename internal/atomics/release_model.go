//go:build model

package atomics

import (
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// StoreRelease is the StoreRelease of a normal build, in the hands of the explorer.
func StoreRelease(x *Uint64, v uint64) {
	if hook.Current == nil {
		x.v.Store(v) // without what the call below allocates
		return
	}
	hook.StoreLater(hook.Uint64, unsafe.Pointer(x), v, func() { x.v.Store(v) })
}

// StorePointerRelease is StoreRelease of a pointer.
func StorePointerRelease[T any](x *Pointer[T], v *T) {
	if hook.Current == nil {
		x.v.Store(v)
		return
	}
	hook.StoreLater(hook.Pointer, unsafe.Pointer(x), v, func() { x.v.Store(v) })
}
