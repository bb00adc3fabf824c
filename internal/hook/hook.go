//go:build model

package hook

import (
	"time"
	"unsafe"
)

// An Op says what kind of step is about to be taken.
type Op uint8

const (
	Load    Op = iota // reads one word
	Store             // writes one word
	Update            // reads and writes one word: swap, compare-and-swap, add, or, and
	TryLock           // takes a try-lock or finds it taken
	Unlock            // lets a try-lock go
)

// A Word is the type of the word that a step is about.
type Word uint8

const (
	Bool Word = iota
	Int32
	Int64
	Uint32
	Uint64
	Pointer
)

// An Explorer decides which goroutine steps next. Its methods are called by
// the goroutine that is about to step, and return when it may.
type Explorer interface {
	// Step is called before an operation op on the word at addr.
	Step(op Op, addr unsafe.Pointer)

	// Pause returns once another goroutine has stepped.
	Pause()

	// Go starts f as a goroutine of the exploration.
	Go(f func())

	// Park blocks the caller until Unpark(parker) was called, or, with done
	// not nil, until done is closed. It reports whether it was unparked.
	Park(parker unsafe.Pointer, done <-chan struct{}) bool

	// Unpark lets the present or the next Park of parker return.
	Unpark(parker unsafe.Pointer)

	// AfterFunc lets f run as a goroutine at any later step. The function
	// returned prevents that, and reports whether it came in time.
	AfterFunc(d time.Duration, f func()) (stop func() bool)

	// Choose returns one of 0 … n-1: a random draw of the code under test.
	Choose(n int) int
}

// A Watcher is an Explorer that looks at the words themselves: it is asked
// StepWord in place of Step, and Stepped after each operation that may have written.
type Watcher interface {
	Explorer
	StepWord(op Op, word Word, addr unsafe.Pointer)
	Stepped()
}

// A Bufferer is an Explorer that may let other goroutines see a release store late, as
// the store buffer of a processor does.
type Bufferer interface {
	Explorer

	// StoreLater is called instead of a step: it sees to it that store is called, at
	// this or any later step, but before any later store or update of the goroutine.
	// val is what will then be at addr.
	StoreLater(word Word, addr unsafe.Pointer, val any, store func())

	// Buffered returns what the goroutine has itself stored at addr, and reports
	// whether others do not see it yet.
	Buffered(addr unsafe.Pointer) (val any, ok bool)
}

// Current is the explorer in charge, nil if there is none. It is set before
// the goroutines it explores start, and cleared after they ended.
var Current Explorer

// Step announces op on the word at addr to the explorer in charge, if any.
func Step(op Op, addr unsafe.Pointer) {
	if e := Current; e != nil {
		e.Step(op, addr)
	}
}

// StepWord is Step where the type of the word is known.
func StepWord(op Op, word Word, addr unsafe.Pointer) {
	switch e := Current.(type) {
	case nil:
	case Watcher:
		e.StepWord(op, word, addr)
	default:
		e.Step(op, addr)
	}
}

// Stepped says that the step announced last was taken.
func Stepped() {
	if w, ok := Current.(Watcher); ok {
		w.Stepped()
	}
}

// StoreLater lets store be called now, or later by the explorer in charge.
func StoreLater(word Word, addr unsafe.Pointer, val any, store func()) {
	if b, ok := Current.(Bufferer); ok {
		b.StoreLater(word, addr, val, store)
		return
	}
	StepWord(Store, word, addr)
	defer Stepped()
	store()
}

// Buffered returns what the goroutine has stored at addr and others do not see yet.
func Buffered(addr unsafe.Pointer) (val any, ok bool) {
	if b, ok := Current.(Bufferer); ok {
		return b.Buffered(addr)
	}
	return nil, false
}
