//go:build unix

package cputime

import (
	"syscall"
	"time"
)

// Used returns the processor time used by all threads of the process, 0 if it is unknown.
func Used() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
