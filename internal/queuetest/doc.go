// Package queuetest is the one suite of laws and stress that every queue of this
// module runs, whatever it is made of.
//
// A queue's test calls [Run] with a [Config] that says how to make one and what it
// promises. The subtests have fixed names:
//
//	smoke         first in, first out; empty says empty, full says full
//	capacity      panics below 1; exact at 1, 2, 3, 5, 1000
//	len           counts at rest; never out of range, nor falling while only pushes run
//	batch         partial batches, empty batches, order
//	wraparound    across the wrap of the position word, and a full lap around
//	model         random operations against a slice, see Replay
//	spsc          one producer, one consumer: accepted equals delivered, in order
//	mpmc          each value seen once, each producer's order kept by each consumer
//	              (spsc and mpmc ask for no order of a queue that is Unordered)
//	stampede      many at once at a small queue: exactly so many get in, and out
//	noFalseFull   a push is not refused where there must be room
//	noFalseEmpty  a pop does not come back empty where there must be a value
//	retention     nothing popped, or refused, is kept from the collector
//	close         what Close promises, of queues that have it
//
// Everything is exact: values are numbered and accounted for one by one. Nothing
// sleeps or looks at a clock, and no wait ends by time: a queue that loses its way
// altogether is left to go test's own timeout.
package queuetest
