// Package linear checks that concurrent histories of the queues and of the pool are
// linearizable (Herlihy and Wing, 1990): that a sequential model gives the same answers in
// some order of the calls. Porcupine searches for the order.
package linear
