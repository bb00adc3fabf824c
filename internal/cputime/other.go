//go:build !unix

package cputime

import "time"

// Used returns 0: it is unknown on this system.
func Used() time.Duration { return 0 }
