//go:build model

package atomics_test

import (
	"fmt"
	"testing"
	"unsafe"

	atomic "github.com/user/millrace/fuzz/thirdparty/internal/atomics"
	"github.com/user/millrace/internal/explore"
)

// incremented explores two goroutines that count up by inc, and says whether some
// schedule lost one.
func incremented[T int32 | int64 | uint32 | uint64](inc func(*T)) (lost bool) {
	res := explore.Explore(explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		n := new(T)
		for range 2 {
			x.Go("inc", func() { inc(n) })
		}
		x.After(func() error {
			if *n != 2 {
				return fmt.Errorf("counted %d of 2", *n)
			}
			return nil
		})
	})
	return res.Failure != nil
}

// changes explores a goroutine that loads twice beside one that adds, and says whether
// some schedule has the word change in between.
func changes[T int32 | int64 | uint32 | uint64](load func(*T) T, add func(*T, T) T) bool {
	res := explore.Explore(explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		n := new(T)
		x.Go("add", func() { add(n, 1) })
		x.Go("load", func() {
			if first := load(n); load(n) != first {
				x.Fail("changed")
			}
		})
	})
	return res.Failure != nil
}

func TestEachLoadIsAStep(t *testing.T) {
	for name, seen := range map[string]bool{
		"int32":  changes(atomic.LoadInt32, atomic.AddInt32),
		"int64":  changes(atomic.LoadInt64, atomic.AddInt64),
		"uint32": changes(atomic.LoadUint32, atomic.AddUint32),
		"uint64": changes(atomic.LoadUint64, atomic.AddUint64),
	} {
		if !seen {
			t.Errorf("%s: two loads were one step", name)
		}
	}
}

func TestPointersAreSteps(t *testing.T) {
	values := [3]int{}
	ptr := func(i int) unsafe.Pointer { return unsafe.Pointer(&values[i]) }
	res := explore.Explore(explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		p := ptr(0)
		x.Go("swap", func() {
			if atomic.LoadPointer(&p) == ptr(0) && !atomic.CompareAndSwapPointer(&p, ptr(0), ptr(1)) {
				x.Fail("changed")
			}
		})
		x.Go("store", func() { atomic.StorePointer(&p, ptr(2)) })
	})
	if res.Failure == nil {
		t.Error("a load and a swap were one step")
	}
}

func TestEachFunctionIsAStep(t *testing.T) {
	for name, lost := range map[string]bool{
		"int32":  incremented(func(n *int32) { atomic.StoreInt32(n, atomic.LoadInt32(n)+1) }),
		"int64":  incremented(func(n *int64) { atomic.StoreInt64(n, atomic.LoadInt64(n)+1) }),
		"uint32": incremented(func(n *uint32) { atomic.StoreUint32(n, atomic.LoadUint32(n)+1) }),
		"uint64": incremented(func(n *uint64) { atomic.StoreUint64(n, atomic.LoadUint64(n)+1) }),
	} {
		if !lost {
			t.Errorf("%s: a load and a store were one step", name)
		}
	}
	for name, lost := range map[string]bool{
		"add int32":  incremented(func(n *int32) { atomic.AddInt32(n, 1) }),
		"add int64":  incremented(func(n *int64) { atomic.AddInt64(n, 1) }),
		"add uint32": incremented(func(n *uint32) { atomic.AddUint32(n, 1) }),
		"add uint64": incremented(func(n *uint64) { atomic.AddUint64(n, 1) }),
		"change":     incremented(func(n *uint64) { atomic.Change(n, func() bool { return true }) }),
		"swap int32": incremented(func(n *int32) {
			for old := *n; !atomic.CompareAndSwapInt32(n, old, old+1); {
				old = atomic.LoadInt32(n)
			}
		}),
		"swap int64": incremented(func(n *int64) {
			for old := *n; !atomic.CompareAndSwapInt64(n, old, old+1); {
				old = atomic.LoadInt64(n)
			}
		}),
		"swap uint32": incremented(func(n *uint32) {
			for old := *n; !atomic.CompareAndSwapUint32(n, old, old+1); {
				old = atomic.LoadUint32(n)
			}
		}),
		"swap uint64": incremented(func(n *uint64) {
			for old := *n; !atomic.CompareAndSwapUint64(n, old, old+1); {
				old = atomic.LoadUint64(n)
			}
		}),
	} {
		if lost {
			t.Errorf("%s: one was lost", name)
		}
	}
}
