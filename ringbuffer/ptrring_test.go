package ringbuffer_test

import (
	"fmt"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/queuetest"
	"github.com/user/millrace/ringbuffer"
)

func TestPtrRing(t *testing.T) {
	queuetest.Run(t, queuetest.Config{
		New: func(capacity int) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewBoxedAt[queuetest.Item](capacity, 0)
		},
		NewAt: func(capacity int, origin uint64) queuetest.Queue[queuetest.Item] {
			return ringbuffer.NewBoxedAt[queuetest.Item](capacity, origin)
		},
	})
}

// What is one pointer can be queued, whatever its type, and comes out as it was.
func TestPtrRingOfAllKinds(t *testing.T) {
	passes(t, new(int))
	passes(t, unsafe.Pointer(new(int)))
	passes(t, make(chan int))
	type inner struct{ p *string }
	passes(t, struct{ i inner }{inner{new(string)}})

	f := ringbuffer.NewPtrRing[func() int](1)
	f.TryPush(func() int { return 7 })
	got, _ := f.TryPop()
	assert.Equal(t, 7, got(), "the function")
	m := ringbuffer.NewPtrRing[map[string]int](1)
	m.TryPush(map[string]int{"a": 7})
	if got, _ := m.TryPop(); got["a"] != 7 {
		t.Errorf("the map is %v", got)
	}
}

func passes[T comparable](t *testing.T, v T) {
	t.Helper()
	q := ringbuffer.NewPtrRing[T](1)
	assert.True(t, q.TryPush(v), "a %T was refused", v)
	if got, ok := q.TryPop(); !ok || got != v {
		t.Errorf("a %T went in as %v and came out as %v, %t", v, v, got, ok)
	}
}

func TestPtrRingRefuseWhatIsNoPointer(t *testing.T) {
	refused[int](t, "int")
	refused[string](t, "string")
	refused[any](t, "interface {}")
	refused[[]byte](t, "[]uint8")
	refused[struct{}](t, "struct {}")
	refused[struct{ a, b *int }](t, "struct { a *int; b *int }")
	refused[[1]*int](t, "[1]*int")
}

func refused[T any](t *testing.T, name string) {
	t.Helper()
	assert.False(t, ringbuffer.IsPtr[T](), "IsPtr says that a %s is one pointer", name)
	defer func() {
		assert.Equal(t, fmt.Sprintf("ringbuffer: element type %s: must be one pointer", name), recover())
	}()
	ringbuffer.NewPtrRing[T](1)
}

// A zero value would be lost: it marks a free slot.
func TestPtrRingRefuseZero(t *testing.T) {
	q := ringbuffer.NewPtrRing[*int](2)
	for name, push := range map[string]func(){
		"TryPush":      func() { q.TryPush(nil) },
		"Offer":        func() { q.Offer(nil) },
		"TryPushBatch": func() { q.TryPushBatch([]*int{new(int), nil}) },
	} {
		assert.PanicsWithValue(t, "ringbuffer: push of a zero value", push, name)
	}
	assert.Zero(t, q.Len(), "values were queued")
}
