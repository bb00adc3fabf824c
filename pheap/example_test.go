package pheap_test

import (
	"fmt"

	"github.com/user/millrace/pheap"
	"github.com/user/millrace/ringbuffer"
)

func ExampleHeap() {
	h := pheap.New[string](pheap.Config{})
	h.TryPush("tidy up", 1)
	h.TryPush("put out the fire", 100)
	h.TryPush("water the plants", 1)
	for v, ok := h.TryPop(); ok; v, ok = h.TryPop() {
		fmt.Println(v)
	}
	// Output:
	// put out the fire
	// tidy up
	// water the plants
}

// With a capacity, Offer reports why it refused.
func ExampleHeap_Offer() {
	h := pheap.New[string](pheap.Config{Capacity: 2})
	fmt.Println(h.Offer("a", 0), h.Offer("b", 5), h.Offer("c", 9))
	h.Close()
	fmt.Println(h.Offer("d", 9), h.Len())
	// Output:
	// Done Done Full
	// Closed 2
}

// An item that could not be finished goes back to its old rank among its equals.
func ExampleHeap_Return() {
	h := pheap.New[string](pheap.Config{})
	h.TryPush("first", 3)
	h.TryPush("second", 3)
	if v, age, status := h.Poll(); status == ringbuffer.Done {
		fmt.Println("tried", v)
		h.Return(v, 3, age)
	}
	v, _ := h.TryPop()
	fmt.Println("again", v)
	// Output:
	// tried first
	// again first
}

// With aging, items that wait gain on those that come: here one for each two pushes.
func ExampleConfig_aging() {
	h := pheap.New[string](pheap.Config{Aging: 2})
	h.TryPush("low", 0)
	for i := range 5 {
		h.TryPush(fmt.Sprint("high ", i), 2)
	}
	for v, ok := h.TryPop(); ok; v, ok = h.TryPop() {
		fmt.Println(v)
	}
	// Output:
	// high 0
	// high 1
	// high 2
	// low
	// high 3
	// high 4
}
