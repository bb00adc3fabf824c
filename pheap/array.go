package pheap

import "github.com/user/millrace/internal/invariant"

// An array is a 4-ary heap in a slice: the item at i goes before its children, at 4i+1 …
// 4i+4. Four children lie in about two cache lines, and make the heap half as deep as two.
//
// An array returns memory: it doubles when full and is halved when a quarter full. After
// either, at least half as many operations as its length follow before the next.
type array[T any] struct {
	items []item[T]
}

type item[T any] struct {
	key
	value T
}

// An array starts with room for minItems, and keeps room for keptItems: bursts up to that
// size do not allocate.
const (
	minItems  = 32
	keptItems = 1024
)

// push adds x.
func (a *array[T]) push(x item[T]) {
	n := len(a.items)
	if n == cap(a.items) {
		a.resize(max(2*n, minItems))
	}
	a.items = a.items[:n+1]
	a.up(n, x)
}

// up puts x in the hole at i or in one of the slots above it.
func (a *array[T]) up(i int, x item[T]) {
	items := a.items
	for i > 0 {
		parent := (i - 1) / 4
		if !x.before(&items[parent].key) {
			break
		}
		items[i] = items[parent]
		i = parent
	}
	items[i] = x
}

// pop removes and returns the first item. There must be one.
func (a *array[T]) pop() item[T] {
	items := a.items
	first := items[0]
	n := len(items) - 1
	x := items[n]
	items[n] = item[T]{} // keeps nothing from the collector
	a.items = items[:n]
	if n > 0 {
		a.down(x)
	}
	if c := cap(items); c > keptItems && n <= c/4 {
		a.resize(c / 2)
	}
	return first
}

// down puts x in the hole at the root or in one of the slots below it. The best of four
// children is found in two rounds. The first has two independent comparisons.
func (a *array[T]) down(x item[T]) {
	items, i := a.items, 0
	for child := 1; child+4 <= len(items); child = 4*i + 1 {
		four := (*[4]item[T])(items[child:])
		left, right := four[1].smaller(&four[0].key), 2+four[3].smaller(&four[2].key)
		best := left + (right-left)*four[right%4].smaller(&four[left%4].key)
		if !four[best%4].before(&x.key) {
			items[i] = x
			return
		}
		items[i] = four[best%4]
		i = child + int(best)
	}
	a.downLast(i, x)
}

// downLast puts x in the hole at i or in one of its children, of which there are less than
// four, none with children of its own.
func (a *array[T]) downLast(i int, x item[T]) {
	items := a.items
	if best := 4*i + 1; best < len(items) {
		for c := best + 1; c < len(items); c++ {
			if items[c].before(&items[best].key) {
				best = c
			}
		}
		if items[best].before(&x.key) {
			items[i] = items[best]
			i = best
		}
	}
	items[i] = x
}

func (a *array[T]) resize(capacity int) {
	items := make([]item[T], len(a.items), capacity)
	copy(items, a.items)
	a.items = items
}

// check panics unless each of the first items goes after its parent.
func (a *array[T]) check() {
	for i := 1; i < min(len(a.items), 64); i++ {
		if a.items[i].before(&a.items[(i-1)/4].key) {
			invariant.Check(false, "item %d goes before its parent", i)
		}
	}
}
