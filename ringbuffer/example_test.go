package ringbuffer_test

import (
	"fmt"

	"github.com/user/millrace/ringbuffer"
)

func ExampleMPMC() {
	q := ringbuffer.NewMPMC[string](2)
	fmt.Println(q.TryPush("a"), q.TryPush("b"), q.TryPush("c"))
	v, ok := q.TryPop()
	fmt.Println(v, ok, q.Len())
	// Output:
	// true true false
	// a true 1
}

func ExampleMPMC_TryPushBatch() {
	q := ringbuffer.NewMPMC[int](4)
	fmt.Println("pushed", q.TryPushBatch([]int{1, 2, 3, 4, 5, 6}))
	dst := make([]int, 3)
	n := q.TryPopBatch(dst)
	fmt.Println("popped", dst[:n])
	// Output:
	// pushed 4
	// popped [1 2 3]
}

// After Close what is in the ring still comes out, so draining it needs no count.
func ExampleMPMC_Close() {
	q := ringbuffer.NewMPMC[int](4)
	q.TryPush(1)
	q.TryPush(2)
	q.Close()
	fmt.Println("pushed:", q.TryPush(3))
	for v, ok := q.TryPop(); ok; v, ok = q.TryPop() {
		fmt.Println("popped:", v)
	}
	// Output:
	// pushed: false
	// popped: 1
	// popped: 2
}

// Offer and Poll say why they did nothing, and never wait.
func ExampleMPMC_Offer() {
	q := ringbuffer.NewMPMC[int](1)
	fmt.Println(q.Offer(1), q.Offer(2))
	q.Close()
	fmt.Println(q.Offer(3))
	// Output:
	// Done Full
	// Closed
}

func ExampleUnbounded() {
	q := ringbuffer.NewUnbounded[int](2)
	for i := range 1000 {
		q.TryPush(i)
	}
	v, _ := q.TryPop()
	fmt.Println(v, q.Len())
	// Output:
	// 0 999
}

func ExampleSCQ() {
	q := ringbuffer.NewSCQ[string](2)
	fmt.Println(q.TryPush("a"), q.TryPush("b"), q.TryPush("c"))
	v, ok := q.TryPop()
	fmt.Println(v, ok, q.Len())
	// Output:
	// true true false
	// a true 1
}
