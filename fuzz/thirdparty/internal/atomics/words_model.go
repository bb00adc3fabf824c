//go:build model

package atomics

import (
	"sync/atomic"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// A number is a word that can be added to.
type number interface {
	int32 | int64 | uint32 | uint64
}

// announce announces op on the word at addr.
func announce[T number](op hook.Op, addr *T) {
	word := hook.Uint32
	if unsafe.Sizeof(*addr) == 8 {
		word = hook.Uint64
	}
	hook.StepWord(op, word, unsafe.Pointer(addr))
}

func load[T number](addr *T) T {
	announce(hook.Load, addr)
	return *addr
}

func store[T number](addr *T, val T) {
	announce(hook.Store, addr)
	defer hook.Stepped()
	*addr = val
}

func add[T number](addr *T, delta T) T {
	announce(hook.Update, addr)
	defer hook.Stepped()
	*addr += delta
	return *addr
}

func swap[T number](addr *T, old, val T) bool {
	announce(hook.Update, addr)
	defer hook.Stepped()
	if *addr != old {
		return false
	}
	*addr = val
	return true
}

// Change is a step that changes what the word at addr stands for, if f does, and
// reports whether it did.
func Change(addr *uint64, f func() bool) bool {
	announce(hook.Update, addr)
	defer hook.Stepped()
	changed := f()
	if changed {
		*addr++
	}
	return changed
}

func OrUint64(addr *uint64, mask uint64) (old uint64) {
	announce(hook.Update, addr)
	defer hook.Stepped()
	old = *addr
	*addr |= mask
	return old
}

func LoadInt32(addr *int32) int32    { return load(addr) }
func LoadInt64(addr *int64) int64    { return load(addr) }
func LoadUint32(addr *uint32) uint32 { return load(addr) }
func LoadUint64(addr *uint64) uint64 { return load(addr) }

func StoreInt32(addr *int32, val int32)    { store(addr, val) }
func StoreInt64(addr *int64, val int64)    { store(addr, val) }
func StoreUint32(addr *uint32, val uint32) { store(addr, val) }
func StoreUint64(addr *uint64, val uint64) { store(addr, val) }

func AddInt32(addr *int32, delta int32) int32     { return add(addr, delta) }
func AddInt64(addr *int64, delta int64) int64     { return add(addr, delta) }
func AddUint32(addr *uint32, delta uint32) uint32 { return add(addr, delta) }
func AddUint64(addr *uint64, delta uint64) uint64 { return add(addr, delta) }

func CompareAndSwapInt32(addr *int32, old, val int32) bool    { return swap(addr, old, val) }
func CompareAndSwapInt64(addr *int64, old, val int64) bool    { return swap(addr, old, val) }
func CompareAndSwapUint32(addr *uint32, old, val uint32) bool { return swap(addr, old, val) }
func CompareAndSwapUint64(addr *uint64, old, val uint64) bool { return swap(addr, old, val) }

func at(op hook.Op, addr *unsafe.Pointer) { hook.StepWord(op, hook.Pointer, unsafe.Pointer(addr)) }

func LoadPointer(addr *unsafe.Pointer) unsafe.Pointer {
	at(hook.Load, addr)
	return atomic.LoadPointer(addr)
}

func StorePointer(addr *unsafe.Pointer, val unsafe.Pointer) {
	at(hook.Store, addr)
	defer hook.Stepped()
	atomic.StorePointer(addr, val)
}

func CompareAndSwapPointer(addr *unsafe.Pointer, old, val unsafe.Pointer) bool {
	at(hook.Update, addr)
	defer hook.Stepped()
	return atomic.CompareAndSwapPointer(addr, old, val)
}
