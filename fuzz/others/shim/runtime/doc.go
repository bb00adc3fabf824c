// Package runtime stands in for runtime in copies of other people's code; see package
// atomic beside it.
package runtime
