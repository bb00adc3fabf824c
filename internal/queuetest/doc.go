// Package queuetest is the suite of laws and stress tests that every queue of this module
// runs.
//
// A queue's test calls [Run] with a [Config] that says how to make one and what it promises.
// The subtests have fixed names:
//
//	smoke         first in, first out; empty is empty, full is full
//	capacity      panics below 1; exact at 1, 2, 3, 5, 1000
//	len           counts at rest; never out of range, nor falling while only pushes run
//	batch         partial batches, empty batches, order
//	wraparound    across the wrap of the position word, and a full lap
//	model         random operations compared with a slice, see Replay
//	spsc          one producer, one consumer: accepted equals delivered, in order
//	mpmc          each value seen once, each producer's order kept by each consumer
//	              (spsc and mpmc ask for no order if the queue is Unordered)
//	stampede      many at once at a small queue: exactly as many get in, and out
//	noFalseFull   a push is not refused if there must be room
//	noFalseEmpty  a pop does not fail if there must be a value
//	retention     nothing popped, or refused, is kept from the collector
//	close         what Close promises, if the queue has it
//
// All checks are exact: values are numbered and accounted for one by one. Nothing sleeps or
// reads a clock, and no wait ends by time: a queue that hangs is left to go test's timeout.
package queuetest
