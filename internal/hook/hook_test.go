//go:build model

package hook_test

import (
	"slices"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/hook/hooktest"
)

func TestStepWithoutExplorerDoesNothing(t *testing.T) {
	var word uint64
	hook.Step(hook.Update, unsafe.Pointer(&word))
	assert.Zero(t, word)
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

// A watcher is a Recorder that notes the words.
type watcher struct {
	hooktest.Recorder
	words   []hook.Word
	stepped int
}

func (w *watcher) Stepped() { w.stepped++ }

func (w *watcher) StepWord(op hook.Op, word hook.Word, addr unsafe.Pointer) {
	w.Step(op, addr)
	w.words = append(w.words, word)
}

// Goal: an Explorer is asked Step where the word's type is known, one that watches words
// is told the type.
func TestStepWordTellsWhoeverWatches(t *testing.T) {
	var word uint64
	addr := unsafe.Pointer(&word)
	hook.StepWord(hook.Load, hook.Uint64, addr)

	var plain hooktest.Recorder
	var watching watcher
	want := []hooktest.Call{{Method: "Step", Op: hook.Load, Addr: addr}}
	for _, x := range []struct {
		explorer hook.Explorer
		rec      *hooktest.Recorder
	}{{&plain, &plain}, {&watching, &watching.Recorder}} {
		hook.Current = x.explorer
		hook.StepWord(hook.Load, hook.Uint64, addr)
		hook.Stepped()
		hook.Current = nil
		if !slices.Equal(x.rec.Calls, want) {
			t.Errorf("the explorer was asked %+v, want %+v", x.rec.Calls, want)
		}
	}
	assert.Equal(t, []hook.Word{hook.Uint64}, watching.words,
		"the watcher was told %v, and %d times that a step was taken", watching.words, watching.stepped)
	assert.Equal(t, 1, watching.stepped,
		"the watcher was told %v, and %d times that a step was taken", watching.words, watching.stepped)
}
