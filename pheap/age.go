package pheap

// NextAge returns the age that the next push will have, or a later one if others push
// first. Return with it puts an item behind its equals.
func (h *Heap[T]) NextAge() uint64 { return h.since(h.entry.Load() &^ closed) }
