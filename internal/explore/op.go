//go:build model

package explore

import (
	"sync/atomic"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// A kind is what a step does.
type kind uint8

const (
	start kind = iota // a goroutine begins
	fire              // a timer's goroutine begins
	load
	store
	update
	tryLock
	unlock
	pause
	park
	unpark
	closing // of a Done
	stopping
	invoke // of a call that is recorded
	respond
	after // what follows a write; see Config.Late
	fence // the release stores of the goroutine target are all seen; see Config.Buffers
)

var kindNames = [...]string{
	"start", "fire", "load", "store", "update", "try-lock", "unlock",
	"pause", "park", "unpark", "close", "stop timer", "call", "return", "goes on", "fence",
}

// fences are the kinds that wait for the release stores of their goroutine.
var fences = [...]bool{
	store: true, update: true, tryLock: true, unlock: true,
	park: true, unpark: true, closing: true, stopping: true, fence: false,
}

func (k kind) String() string { return kindNames[k] }

var kindOf = [...]kind{
	hook.Load: load, hook.Store: store, hook.Update: update,
	hook.TryLock: tryLock, hook.Unlock: unlock,
}

// An op is a step of a goroutine and, once it was taken, its effect. It holds no pointers, because
// there are many.
type op struct {
	kind   kind
	word   hook.Word
	timed  bool  // park: it has a done
	obj    int32 // what it is about, 0 if nothing
	other  int32 // park: the done
	target int32 // stopping: the timer's thread; fence: whose stores

	changed  bool // the state of obj
	ok       bool // park: unparked; stopping: in time
	forced   bool // pause: no other could step
	old, new uint64
}

// A matter is what an op accesses.
type matter struct {
	addr  unsafe.Pointer // of a word
	done  <-chan struct{}
	timer *timer
	what  string    // invoke, respond: for printing
	pcs   []uintptr // where, if the execution is traced
}

// A mode is how an op accesses an object.
type mode uint8

const (
	reads mode = iota
	writes
	invokes
	responds
)

// conflicts reports whether the order of two ops of these modes on one object can matter. The
// beginning of a recorded call is ordered with the ends of others; two beginnings are not, nor two
// ends.
func conflicts(a, b mode) bool {
	return a == writes || b == writes || a != b
}

// mode returns how o, which was taken, accessed its object. An op that left the state unchanged
// commutes with all others that did.
func (o *op) mode() mode {
	switch {
	case o.kind == invoke:
		return invokes
	case o.kind == respond:
		return responds
	case o.changed:
		return writes
	}
	return reads
}

// dependent reports whether the order of a and b, which were taken, can matter.
func dependent(a, b *op) bool {
	touch := func(obj int32, m mode) bool {
		return obj != 0 && (obj == b.obj && conflicts(m, b.mode()) || obj == b.other && m == writes)
	}
	return touch(a.obj, a.mode()) || touch(a.other, reads)
}

// value reads a word.
func (m *matter) value(word hook.Word) uint64 {
	switch word {
	case hook.Int64, hook.Uint64:
		return atomic.LoadUint64((*uint64)(m.addr))
	case hook.Pointer:
		return uint64(uintptr(atomic.LoadPointer((*unsafe.Pointer)(m.addr))))
	}
	return uint64(atomic.LoadUint32((*uint32)(m.addr)))
}
