// Package pheap has a priority queue for any number of producers and consumers,
// generic and by value: [Heap] gives out the item of the largest priority first,
// and of equals the one that went in first.
//
// A Heap is made of several array heaps, its shards, so that producers and
// consumers get into each other's way less than at one heap under a lock. While
// nobody else is at it the order is exact. Beside others a pop passes over shards
// that another call is just changing, so it may come out with an item that is not
// the best one; by how much is measured, not promised. A heap of one shard is
// always exact.
//
// All methods may be called by any goroutine at any time. In the terms of the Go
// memory model, a push synchronizes before the pop that returns its item.
package pheap
