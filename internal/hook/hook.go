//go:build model

package hook

import (
	"time"
	"unsafe"
)

// An Op is a kind of step.
type Op uint8

const (
	Load    Op = iota // reads one word
	Store             // writes one word
	Update            // reads and writes one word: swap, compare-and-swap, add, or, and
	TryLock           // takes a try-lock or finds it taken
	Unlock            // releases a try-lock
)

// A Word is the type of the word that a step accesses.
type Word uint8

const (
	Bool Word = iota
	Int32
	Int64
	Uint32
	Uint64
	Pointer
)

// An Explorer decides which goroutine steps next. The goroutine that is about to step calls its
// methods, which return when it may.
type Explorer interface {
	// Step is called before an operation op on the word at addr.
	Step(op Op, addr unsafe.Pointer)

	// Pause returns once another goroutine has stepped.
	Pause()

	// Go starts f as a goroutine of the exploration.
	Go(f func())

	// Park blocks the caller until Unpark(parker) was called or, if done is not nil, until done is
	// closed. It reports whether it was unparked.
	Park(parker unsafe.Pointer, done <-chan struct{}) bool

	// Unpark lets the current or the next Park of parker return.
	Unpark(parker unsafe.Pointer)

	// AfterFunc runs f as a goroutine at any later step. stop prevents that and reports whether
	// it was in time.
	AfterFunc(d time.Duration, f func()) (stop func() bool)

	// Choose returns a number in [0, n): a random draw of the code under test.
	Choose(n int) int
}

// A Watcher is an Explorer that reads the words themselves. StepWord is called in place of Step,
// and Stepped after each operation that may have written.
type Watcher interface {
	Explorer
	StepWord(op Op, word Word, addr unsafe.Pointer)
	Stepped()
}

// A Bufferer is an Explorer that may let other goroutines see a release store late, as a
// processor's store buffer does.
type Bufferer interface {
	Explorer

	// StoreLater is called instead of a step. It makes sure that store is called, at this or
	// any later step, but before any later store or update of the goroutine. val is what addr
	// then holds.
	StoreLater(word Word, addr unsafe.Pointer, val any, store func())

	// Buffered returns what the goroutine itself has stored at addr, and reports whether others
	// do not see it yet.
	Buffered(addr unsafe.Pointer) (val any, ok bool)
}

// Current is the current explorer, nil if there is none. It is set before the goroutines it
// explores start, and cleared after they ended.
var Current Explorer

// Step announces op on the word at addr to the current explorer, if any.
func Step(op Op, addr unsafe.Pointer) {
	if e := Current; e != nil {
		e.Step(op, addr)
	}
}

// StepWord is Step with the type of the word.
func StepWord(op Op, word Word, addr unsafe.Pointer) {
	switch e := Current.(type) {
	case nil:
	case Watcher:
		e.StepWord(op, word, addr)
	default:
		e.Step(op, addr)
	}
}

// Stepped announces that the last announced step was taken.
func Stepped() {
	if w, ok := Current.(Watcher); ok {
		w.Stepped()
	}
}

// StoreLater calls store now, or leaves that to the current explorer.
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
