package measure

import (
	"fmt"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// A Sleeper blocks a goroutine until a given time, as a request from the network would. It
// reads a timer of the kernel through Go's poller, because time.Sleep is up to a millisecond
// late if the whole process sleeps. A Sleeper must not be used concurrently.
type Sleeper struct {
	fd   int // of file, because File.Fd would make it block
	file *os.File
}

// NewSleeper returns a Sleeper. It must be closed.
func NewSleeper() (*Sleeper, error) {
	fd, err := unix.TimerfdCreate(unix.CLOCK_MONOTONIC, unix.TFD_NONBLOCK|unix.TFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("timerfd_create: %w", err)
	}
	return &Sleeper{fd, os.NewFile(uintptr(fd), "timer")}, nil
}

// Until blocks until t or a little later.
func (s *Sleeper) Until(t time.Time) {
	d := time.Until(t)
	if d <= 0 {
		return
	}
	spec := unix.ItimerSpec{Value: unix.NsecToTimespec(int64(d))}
	if err := unix.TimerfdSettime(s.fd, 0, &spec, nil); err != nil {
		panic(fmt.Sprintf("measure: timerfd_settime: %v", err))
	}
	var ticks [8]byte
	if _, err := s.file.Read(ticks[:]); err != nil {
		panic(fmt.Sprintf("measure: timer: %v", err))
	}
}

// Close releases the resources of the Sleeper.
func (s *Sleeper) Close() error { return s.file.Close() }
