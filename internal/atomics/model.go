//go:build model

package atomics

import (
	"sync/atomic"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// Bool is atomic.Bool with a step announced before each operation.
type Bool struct{ v atomic.Bool }

func (x *Bool) at(op hook.Op) { hook.StepWord(op, hook.Bool, unsafe.Pointer(x)) }

func (x *Bool) Load() bool {
	x.at(hook.Load)
	return x.v.Load()
}

func (x *Bool) Store(val bool) {
	x.at(hook.Store)
	defer hook.Stepped()
	x.v.Store(val)
}

func (x *Bool) Swap(val bool) bool {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Swap(val)
}

func (x *Bool) CompareAndSwap(old, val bool) bool {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.CompareAndSwap(old, val)
}

// Int32 is atomic.Int32 with a step announced before each operation.
type Int32 struct{ v atomic.Int32 }

func (x *Int32) at(op hook.Op) { hook.StepWord(op, hook.Int32, unsafe.Pointer(x)) }

func (x *Int32) Load() int32 {
	x.at(hook.Load)
	return x.v.Load()
}

func (x *Int32) Store(val int32) {
	x.at(hook.Store)
	defer hook.Stepped()
	x.v.Store(val)
}

func (x *Int32) Swap(val int32) int32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Swap(val)
}

func (x *Int32) CompareAndSwap(old, val int32) bool {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.CompareAndSwap(old, val)
}

func (x *Int32) Add(delta int32) int32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Add(delta)
}

func (x *Int32) And(mask int32) int32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.And(mask)
}

func (x *Int32) Or(mask int32) int32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Or(mask)
}

// Int64 is atomic.Int64 with a step announced before each operation.
type Int64 struct{ v atomic.Int64 }

func (x *Int64) at(op hook.Op) { hook.StepWord(op, hook.Int64, unsafe.Pointer(x)) }

func (x *Int64) Load() int64 {
	x.at(hook.Load)
	return x.v.Load()
}

func (x *Int64) Store(val int64) {
	x.at(hook.Store)
	defer hook.Stepped()
	x.v.Store(val)
}

func (x *Int64) Swap(val int64) int64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Swap(val)
}

func (x *Int64) CompareAndSwap(old, val int64) bool {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.CompareAndSwap(old, val)
}

func (x *Int64) Add(delta int64) int64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Add(delta)
}

func (x *Int64) And(mask int64) int64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.And(mask)
}

func (x *Int64) Or(mask int64) int64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Or(mask)
}

// Uint32 is atomic.Uint32 with a step announced before each operation.
type Uint32 struct{ v atomic.Uint32 }

func (x *Uint32) at(op hook.Op) { hook.StepWord(op, hook.Uint32, unsafe.Pointer(x)) }

func (x *Uint32) Load() uint32 {
	x.at(hook.Load)
	return x.v.Load()
}

func (x *Uint32) Store(val uint32) {
	x.at(hook.Store)
	defer hook.Stepped()
	x.v.Store(val)
}

func (x *Uint32) Swap(val uint32) uint32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Swap(val)
}

func (x *Uint32) CompareAndSwap(old, val uint32) bool {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.CompareAndSwap(old, val)
}

func (x *Uint32) Add(delta uint32) uint32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Add(delta)
}

func (x *Uint32) And(mask uint32) uint32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.And(mask)
}

func (x *Uint32) Or(mask uint32) uint32 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Or(mask)
}

// Uint64 is atomic.Uint64 with a step announced before each operation.
type Uint64 struct{ v atomic.Uint64 }

func (x *Uint64) at(op hook.Op) { hook.StepWord(op, hook.Uint64, unsafe.Pointer(x)) }

func (x *Uint64) Load() uint64 {
	if val, ok := hook.Buffered(unsafe.Pointer(x)); ok {
		return val.(uint64)
	}
	x.at(hook.Load)
	return x.v.Load()
}

func (x *Uint64) Store(val uint64) {
	x.at(hook.Store)
	defer hook.Stepped()
	x.v.Store(val)
}

func (x *Uint64) Swap(val uint64) uint64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Swap(val)
}

func (x *Uint64) CompareAndSwap(old, val uint64) bool {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.CompareAndSwap(old, val)
}

func (x *Uint64) Add(delta uint64) uint64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Add(delta)
}

func (x *Uint64) And(mask uint64) uint64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.And(mask)
}

func (x *Uint64) Or(mask uint64) uint64 {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Or(mask)
}

// Pointer is atomic.Pointer with a step announced before each operation.
type Pointer[T any] struct{ v atomic.Pointer[T] }

func (x *Pointer[T]) at(op hook.Op) { hook.StepWord(op, hook.Pointer, unsafe.Pointer(x)) }

func (x *Pointer[T]) Load() *T {
	if val, ok := hook.Buffered(unsafe.Pointer(x)); ok {
		return val.(*T)
	}
	x.at(hook.Load)
	return x.v.Load()
}

func (x *Pointer[T]) Store(val *T) {
	x.at(hook.Store)
	defer hook.Stepped()
	x.v.Store(val)
}

func (x *Pointer[T]) Swap(val *T) *T {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.Swap(val)
}

func (x *Pointer[T]) CompareAndSwap(old, val *T) bool {
	x.at(hook.Update)
	defer hook.Stepped()
	return x.v.CompareAndSwap(old, val)
}
