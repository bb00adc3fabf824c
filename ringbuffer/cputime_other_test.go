//go:build !unix

package ringbuffer_test

import "time"

// cpuTime returns 0: the metric cpus is for systems with rusage.
func cpuTime() time.Duration { return 0 }
