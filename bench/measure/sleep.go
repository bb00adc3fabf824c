//go:build !linux

package measure

import "time"

// A Sleeper blocks a goroutine until a given time, here with time.Sleep.
type Sleeper struct{}

// NewSleeper returns a Sleeper. It must be closed.
func NewSleeper() (*Sleeper, error) { return &Sleeper{}, nil }

// Until blocks until t or a little later.
func (*Sleeper) Until(t time.Time) { time.Sleep(time.Until(t)) }

// Close releases the resources of the Sleeper.
func (*Sleeper) Close() error { return nil }
