// Package sched runs items of one type through one function on a bounded number
// of workers.
//
// It is the engine of package pool and knows nothing of results, retries or
// options. Items wait in rings, about one a processor; each worker takes from the
// ring that last had something for it and looks at the others when that is
// empty. No lock is taken and no clock read on an item's path.
//
// README.md in this folder is the design page: the nouns, the path of one item,
// the protocols for parking, blocking and stopping with their proofs, and what
// was tried and left out.
package sched
