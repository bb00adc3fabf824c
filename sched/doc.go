// Package sched runs items of one type through one function on a bounded number
// of workers.
//
// It is the engine of package pool and knows nothing of results, retries or
// options. Items wait in rings, about one for each processor. Each worker takes
// from the ring that last had an item and polls the others when that is empty.
// An item's path takes no lock and reads no clock.
//
// README.md in this folder is the design page: the glossary, the path of an
// item, and the protocols for parking, blocking and stopping with their proofs.
package sched
