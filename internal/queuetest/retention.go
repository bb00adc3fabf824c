package queuetest

import (
	"runtime"
	"testing"
	"weak"

	"github.com/stretchr/testify/assert"
)

// retention: a popped or refused value can be collected while the queue lives and its slot has not
// been reused.
func retention(t *testing.T, c Config) {
	for _, size := range []int{1, 2, 5, 100} {
		for name, pass := range map[string]func(q Queue[Item], size int) []weak.Pointer[Body]{
			"TryPop":      passOneByOne,
			"TryPopBatch": passInBatches,
		} {
			q := c.New(size)
			bodies := pass(q, size)
			kept := len(bodies)
			for range 10 { // the first should do
				runtime.GC()
				if kept = reachable(bodies); kept == 0 {
					break
				}
			}
			assert.Zero(t, kept, "cap %d, %s: %d of %d values kept", size, name, kept, len(bodies))
			wantEmpty(t, q)
			runtime.KeepAlive(q)
		}
	}
}

func reachable(bodies []weak.Pointer[Body]) (n int) {
	for _, b := range bodies {
		if b.Value() != nil {
			n++
		}
	}
	return n
}

// passOneByOne pushes one value more than size, and pops all that got in.
//
//go:noinline
func passOneByOne(q Queue[Item], size int) (bodies []weak.Pointer[Body]) {
	for i := range size + 1 {
		b := &Body{id: uint64(i)}
		bodies = append(bodies, weak.Make(b))
		q.TryPush(Item{ID: b.id, Body: b})
	}
	for v, ok := q.TryPop(); ok; v, ok = q.TryPop() {
		if v.Body.id != v.ID {
			panic("a value was torn")
		}
	}
	return bodies
}

//go:noinline
func passInBatches(q Queue[Item], size int) (bodies []weak.Pointer[Body]) {
	vs := make([]Item, size+1)
	for i := range vs {
		vs[i] = Item{ID: uint64(i), Body: &Body{id: uint64(i)}}
		bodies = append(bodies, weak.Make(vs[i].Body))
	}
	q.TryPushBatch(vs)
	for q.TryPopBatch(vs) > 0 {
	}
	return bodies
}
