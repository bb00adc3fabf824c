package ringbuffer

// A Status is the outcome of an attempt to push or pop.
type Status uint8

const (
	// Done: the value was pushed or popped.
	Done Status = iota
	// Full: there was no room at some instant of the call.
	Full
	// Empty: there was no value at some instant of the call.
	Empty
	// Closed: the queue refuses all further pushes.
	Closed
	// Busy: neither full nor empty, but a goroutine in the middle of a push or a pop
	// holds up the next slot, until it takes its next steps.
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
