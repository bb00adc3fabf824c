//go:build model

package hook_test

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/hook/hooktest"
)

func TestStepWithoutExplorerDoesNothing(t *testing.T) {
	var word uint64
	hook.Step(hook.Update, unsafe.Pointer(&word))
	if word != 0 {
		t.Errorf("the word is %d, want 0", word)
	}
}

func TestStepAsksTheExplorerInCharge(t *testing.T) {
	var word uint64
	addr := unsafe.Pointer(&word)
	var rec hooktest.Recorder
	rec.Record(t)

	ops := []hook.Op{hook.Load, hook.Store, hook.Update, hook.TryLock, hook.Unlock}
	var want []hooktest.Call
	for _, op := range ops {
		hook.Step(op, addr)
		want = append(want, hooktest.Call{Method: "Step", Op: op, Addr: addr})
	}
	if !slices.Equal(rec.Calls, want) {
		t.Errorf("the explorer was asked %+v, want %+v", rec.Calls, want)
	}
}
