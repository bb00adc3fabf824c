// Package linear checks that histories of the queues and of the pool, recorded
// while several goroutines were at them, have an order in which a small sequential
// model gives the same answers: that they are linearizable (Herlihy and Wing, 1990).
// The search for the order is Porcupine's.
package linear
