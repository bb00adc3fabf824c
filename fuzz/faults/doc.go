// Package faults tests the surroundings of the code: that the Promela models still quote it,
// and its use of clocks and processors.
package faults
