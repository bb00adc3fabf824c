// Package atomics stands in for sync/atomic in copies of other people's code, and hands
// each step to the explorer. It holds code only under the build tag model, and only as
// much as the copies ask for.
package atomics
