// Package cputime tells how much processor time a benchmark really had: a parallel result means
// little without it.
package cputime
