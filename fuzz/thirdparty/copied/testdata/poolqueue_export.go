package poolqueue

// A Dequeue is a poolDequeue.
type Dequeue struct{ d poolDequeue }

// New returns a Dequeue of a size that is a power of two.
func New(size int) *Dequeue { return &Dequeue{poolDequeue{vals: make([]eface, size)}} }

// Push pushes at the head.
func (q *Dequeue) Push(v any) bool { return q.d.pushHead(v) }

// Pop pops at the tail.
func (q *Dequeue) Pop() (any, bool) { return q.d.popTail() }

// A Chain is a poolChain, its first dequeue being of size 2.
type Chain struct{ c poolChain }

// Push pushes at the head.
func (q *Chain) Push(v any) { q.c.pushHead(v) }

// Pop pops at the tail.
func (q *Chain) Pop() (any, bool) { return q.c.popTail() }
