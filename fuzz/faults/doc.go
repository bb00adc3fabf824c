// Package faults holds tests about what surrounds the code: that the Promela models
// still quote it, and what it asks of clocks.
package faults
