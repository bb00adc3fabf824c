//go:build model

package atomics_test

import (
	"reflect"
	"strings"
	"sync/atomic"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/hook"
	"github.com/user/millrace/internal/hook/hooktest"
)

// Goal: code that compiles in a normal build compiles in a model build.
func TestModelTypesHaveEveryMethod(t *testing.T) {
	for _, pair := range []struct{ std, model reflect.Type }{
		{reflect.TypeFor[*atomic.Bool](), reflect.TypeFor[*atomics.Bool]()},
		{reflect.TypeFor[*atomic.Int32](), reflect.TypeFor[*atomics.Int32]()},
		{reflect.TypeFor[*atomic.Int64](), reflect.TypeFor[*atomics.Int64]()},
		{reflect.TypeFor[*atomic.Uint32](), reflect.TypeFor[*atomics.Uint32]()},
		{reflect.TypeFor[*atomic.Uint64](), reflect.TypeFor[*atomics.Uint64]()},
		{reflect.TypeFor[*atomic.Pointer[int]](), reflect.TypeFor[*atomics.Pointer[int]]()},
	} {
		for i := range pair.std.NumMethod() {
			std := pair.std.Method(i)
			model, ok := pair.model.MethodByName(std.Name)
			if !assert.True(t, ok, "%v has no method %s", pair.model, std.Name) {
				continue
			}
			assert.Equal(t, signature(std), signature(model), "%v.%s", pair.model, std.Name)
		}
	}
}

// signature returns a method's type without its receiver, the first parameter.
func signature(m reflect.Method) string {
	return strings.Replace(m.Type.String(), m.Type.In(0).String(), "", 1)
}

// Goal: each method announces one step of the right kind on the right word
// before it acts.
//
// Method: the explorer finds the word still as it was, and changes it. The
// method must then act on what the explorer left there.
func TestEachMethodAnnouncesItsStepThenActs(t *testing.T) {
	t.Run("Bool", func(t *testing.T) { checkWord[bool, atomics.Bool](t, false, true) })
	t.Run("Int32", checkNumber[int32, atomics.Int32])
	t.Run("Int64", checkNumber[int64, atomics.Int64])
	t.Run("Uint32", checkNumber[uint32, atomics.Uint32])
	t.Run("Uint64", checkNumber[uint64, atomics.Uint64])
	t.Run("Pointer", func(t *testing.T) {
		checkWord[*int, atomics.Pointer[int]](t, new(int), new(int))
	})
}

type word[V any] interface {
	Load() V
	Store(val V)
	Swap(val V) V
	CompareAndSwap(old, val V) bool
}

type number[V any] interface {
	word[V]
	Add(delta V) V
	And(mask V) V
	Or(mask V) V
}

func checkWord[V comparable, X any, P interface {
	*X
	word[V]
}](t *testing.T, before, between V,
) {
	var x P = new(X)
	try := func(name string, op hook.Op, answer any, after V, act func() any) {
		t.Helper()
		tryStep(t, name, x, unsafe.Pointer(x), op, [3]V{before, between, after}, answer, act)
	}
	try("Load", hook.Load, between, between, func() any { return x.Load() })
	try("Store", hook.Store, nil, before, func() any { x.Store(before); return nil })
	try("Swap", hook.Update, between, before, func() any { return x.Swap(before) })
	try("CompareAndSwap of the old value", hook.Update, false, between,
		func() any { return x.CompareAndSwap(before, before) })
	try("CompareAndSwap of the new value", hook.Update, true, before,
		func() any { return x.CompareAndSwap(between, before) })
}

func checkNumber[V int32 | int64 | uint32 | uint64, X any, P interface {
	*X
	number[V]
}](t *testing.T,
) {
	checkWord[V, X, P](t, 3, 5)
	var x P = new(X)
	try := func(name string, answer, after V, act func() any) {
		t.Helper()
		tryStep(t, name, x, unsafe.Pointer(x), hook.Update, [3]V{3, 5, after}, answer, act)
	}
	try("Add", 6, 6, func() any { return x.Add(1) })
	try("And", 5, 4, func() any { return x.And(4) })
	try("Or", 5, 13, func() any { return x.Or(8) })
}

// tryStep calls act on x, which holds values[0], lets the explorer change it to
// values[1], and wants values[2] in the end.
func tryStep[V comparable](t *testing.T, name string, x word[V], addr unsafe.Pointer, op hook.Op, values [3]V, answer any, act func() any) {
	t.Helper()
	x.Store(values[0])
	rec := &hooktest.Recorder{OnStep: func() {
		if got := x.Load(); got != values[0] {
			t.Errorf("%s acted before its announcement: the word is %v, want %v", name, got, values[0])
		}
		x.Store(values[1])
	}}
	hook.Current = rec
	got := act()
	hook.Current = nil

	if want := (hooktest.Call{Method: "Step", Op: op, Addr: addr}); len(rec.Calls) != 1 || rec.Calls[0] != want {
		t.Errorf("%s announced %+v, want once %+v", name, rec.Calls, want)
	}
	if got != answer {
		t.Errorf("%s returned %v, want %v", name, got, answer)
	}
	if after := x.Load(); after != values[2] {
		t.Errorf("after %s the word is %v, want %v", name, after, values[2])
	}
}
