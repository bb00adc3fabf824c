//go:build !model

package random_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/random"
)

func TestStackHashIsInRange(t *testing.T) {
	for n := 1; n <= 100; n++ {
		p := random.StackHash(n)
		assert.GreaterOrEqual(t, p, 0)
		assert.Less(t, p, n)
	}
}

// The place follows the stack, which may move: it grows at need, and the
// garbage collector halves it when little of it is used. That happens a few
// times in a goroutine's life, not between any two calls.
func TestStackHashIsStableForOneGoroutine(t *testing.T) {
	const calls, moves = 10_000, 10
	changes, last := 0, random.StackHash(1<<30)
	for range calls {
		p := random.StackHash(1 << 30)
		if p != last {
			changes++
		}
		last = p
	}
	assert.LessOrEqual(t, changes, moves, "the place changed %d times in %d calls", changes, calls)
}

// Goal: goroutines that live at the same time get places of their own where
// there are plenty, use most of them where there are few, and keep theirs a
// call or two deeper.
//
// Method: 64 goroutines ask and stay alive till all have asked. Their stacks
// lie apart, so at 2^30 places hardly two agree; but the garbage collector may
// move the stack of one that waits, and give where it lay to the next, so half
// is asked for. At 8 places, 64 draws by chance miss four or more once in 10^17
// runs.
func TestStackHashSpreadsGoroutines(t *testing.T) {
	const goroutines = 64
	type places struct{ many, deeper, few int }
	asked := make(chan places)
	leave := make(chan struct{})
	var all sync.WaitGroup
	for range goroutines {
		all.Go(func() {
			deeper := hashDeeper(1 << 30) // first, so that the stack has grown
			asked <- places{random.StackHash(1 << 30), deeper, random.StackHash(8)}
			<-leave
		})
	}
	many, few, kept := map[int]bool{}, map[int]bool{}, 0
	for range goroutines {
		p := <-asked
		many[p.many], few[p.few] = true, true
		if p.many == p.deeper {
			kept++
		}
	}
	close(leave)
	all.Wait()

	assert.GreaterOrEqual(t, len(many), goroutines/2, "%d goroutines have %d of 2^30 places", goroutines, len(many))
	assert.GreaterOrEqual(t, len(few), 5, "%d goroutines use %d of 8 places", goroutines, len(few))
	assert.GreaterOrEqual(t, kept, goroutines/2,
		"%d of %d goroutines kept their place a call deeper", kept, goroutines)
}

// hashDeeper asks from a frame some 256 bytes further down the stack.
//
//go:noinline
func hashDeeper(n int) int {
	var frame [256]byte
	for i := range frame {
		frame[i] = byte(n >> (i % 8))
	}
	p := random.StackHash(n)
	if frame[n%len(frame)] != byte(n>>(n%len(frame)%8)) {
		panic("the frame is not on the stack")
	}
	return p
}
