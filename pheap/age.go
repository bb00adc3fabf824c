package pheap

// NextAge returns the age of the next push, or a later one if others push first. Return
// with this age puts an item behind its equals.
func (h *Heap[T]) NextAge() uint64 { return h.since(h.entry.Load() &^ closed) }
