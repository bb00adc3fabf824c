package ringbuffer

// A Status says how an attempt at a queue ended.
type Status uint8

const (
	// Done: the value is in, or out.
	Done Status = iota
	// Full: there was no room at some instant of the call.
	Full
	// Empty: there was nothing at some instant of the call.
	Empty
	// Closed: the queue refuses pushes for good.
	Closed
	// Busy: neither full nor empty, but the slot next in turn is held up by a
	// goroutine in the middle of a push or a pop. It will be free, or filled,
	// when that goroutine takes its next steps.
	Busy
)

// String returns the name of the status.
func (s Status) String() string {
	switch s {
	case Done:
		return "Done"
	case Full:
		return "Full"
	case Empty:
		return "Empty"
	case Closed:
		return "Closed"
	case Busy:
		return "Busy"
	}
	return "Status(?)"
}
