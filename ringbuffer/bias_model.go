//go:build model

package ringbuffer

// firstBiasAfter is Words.biasAfter of a new ring: what the explorer looks at pops few times.
const firstBiasAfter = 1
