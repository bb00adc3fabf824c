// Package cputime tells how many processors a benchmark really had: a parallel
// result is worth little without that number beside it.
package cputime
