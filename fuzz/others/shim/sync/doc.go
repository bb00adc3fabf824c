// Package sync stands in for sync in copies of other people's code; see package
// atomic beside it. What would block pauses until another goroutine has stepped.
package sync
