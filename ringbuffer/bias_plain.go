//go:build !model

package ringbuffer

// firstBiasAfter is Words.biasAfter of a new ring.
const firstBiasAfter = minBiasAfter
