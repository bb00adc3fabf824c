// Package pheap has a priority queue for any number of producers and consumers,
// generic and by value. A [Heap] gives out the item of the largest priority first,
// and among equals the one that was pushed first.
//
// A Heap consists of several array heaps, its shards, so that producers and
// consumers collide less than at one heap under a lock. While one goroutine uses it,
// the order is exact. A pop concurrent with other calls passes over the shards that
// they are changing, so it may return an item that is not the best one. By how much
// is measured, not promised. A heap of one shard is always exact.
//
// Any goroutine may call any method at any time. In the terms of the Go memory
// model, a push synchronizes before the pop that returns its item.
package pheap
