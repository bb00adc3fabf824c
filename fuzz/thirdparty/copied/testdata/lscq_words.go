package lscq

import (
	"unsafe"

	atomic "github.com/user/millrace/fuzz/thirdparty/internal/atomics"
)

// What the assembly does with the two words of a slot, in as many steps. A slot's
// version stands for both words: it changes with either.

func loadFlags(addr *scqNodePointer) uint64 {
	atomic.LoadUint64(&addr.version)
	return addr.flags
}

func loadSCQNodePointer(addr unsafe.Pointer) scqNodePointer {
	slot := (*scqNodePointer)(addr)
	atomic.LoadUint64(&slot.version)
	return scqNodePointer{flags: slot.flags, data: slot.data}
}

func compareAndSwapSCQNodePointer(addr *scqNodePointer, old, new scqNodePointer) bool {
	return atomic.Change(&addr.version, func() bool {
		if addr.flags != old.flags || addr.data != old.data {
			return false
		}
		addr.flags, addr.data = new.flags, new.data
		return true
	})
}

func resetNode(addr unsafe.Pointer) {
	slot := (*scqNodePointer)(addr)
	atomic.Change(&slot.version, func() bool { slot.data = nil; return true })
	atomic.Change(&slot.version, func() bool { slot.flags |= 1 << 62; return true })
}

func atomicTestAndSetFirstBit(addr *uint64) uint64 { return atomic.OrUint64(addr, 1<<63) }

func atomicWriteBarrier(*unsafe.Pointer) {}
