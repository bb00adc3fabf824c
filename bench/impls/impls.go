// Package impls adapts pools of many libraries, millrace among them, to one interface for
// benchmarks.
//
// Each pool is used as its own documentation recommends and tuned for the use at hand. An
// adapter does not count tasks: the submitted functions do.
package impls

import (
	"runtime/debug"
	"slices"
)

// A Pool runs functions on workers. A submission waits while there is no room. Any number of
// goroutines may submit.
type Pool interface {
	// Repeat returns a function that submits f a number of times, one after the other, as
	// directly as a user of the library would. It wraps f only once. A nil f is a task that
	// does nothing, with as few calls as possible.
	Repeat(f func()) (submit func(times int))

	// Submit submits a call f(i) as a new closure.
	Submit(f func(i int), i int)

	// Close waits until all tasks have run, and ends the workers. No submission may follow.
	Close()
}

// A Config is the configuration of a pool.
type Config struct {
	Workers int
	Queue   int  // bound of waiting tasks, if the library has one
	Single  bool // each task matters: none may wait for others to fill a batch
}

// An Impl is a way to run functions on workers.
type Impl struct {
	Name   string // in lower case, without spaces
	Module string // of its source; "" for Go itself
	Setup  string // in one line
	New    func(Config) Pool

	// Queues reports whether Config.Queue tasks, or any number, can wait while all workers
	// are busy. Otherwise submitters wait, and tasks that submit may wait for each other.
	Queues bool

	// NewTyped makes a pool of one function that queues its arguments. A nil function is
	// Value.Use. NewTyped is nil if the library has no such pool.
	NewTyped func(Config, func(Value)) Typed
}

// A Typed pool calls one function with the submitted values.
type Typed interface {
	// Submit submits the values in [from, to), one after the other.
	Submit(from, to Value)
	Close()
}

// A Value is the argument of a Typed pool. It is not negative.
type Value int

// Use checks v.
func (v Value) Use() {
	if v < 0 {
		panic("impls: negative value")
	}
}

// used returns f, or Value.Use if f is nil.
func used(f func(Value)) func(Value) {
	if f == nil {
		return Value.Use
	}
	return f
}

// called returns f, or a function that does nothing if f is nil.
func called(f func()) func() {
	if f == nil {
		return func() {}
	}
	return f
}

// A Batcher can submit many tasks at a time.
type Batcher interface {
	Pool

	// RepeatBatch is Repeat for batches of a size. It makes the batch only once.
	RepeatBatch(f func(), size int) (submit func(times int))

	// SubmitAll submits the calls f(i) for i in [from, to), each as a new closure.
	SubmitAll(f func(i int), from, to int)
}

// A TreeRunner has a way of its own for tasks that submit tasks, and to wait for all of them.
type TreeRunner interface {
	Pool

	// RunTree runs a tree of tasks with a number of levels, and waits for it. A task calls
	// f, unless that is nil, and submits two tasks unless it is on the last level. Nothing
	// else may use the pool meanwhile.
	RunTree(levels int, f func())
}

// A Caller can call f(i) on a worker, as a new closure, and wait for its result.
type Caller interface {
	Pool
	Call(f func(i int) int, i int) int
}

// A Promiser can submit such a call and return its result later.
type Promiser interface {
	Pool
	Promise(f func(i int) int, i int) Promise
}

// A Promise is the future result of a call. Wait is called once.
type Promise interface{ Wait() int }

// Version returns the version of a module in this program, or that of Go for "".
func Version(module string) string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case !ok:
		return "unknown"
	case module == "":
		return info.GoVersion
	}
	for _, m := range info.Deps {
		if m.Path == module {
			return m.Version
		}
	}
	return "unknown"
}

// Millrace and Channel are the names of the library and its baseline.
const (
	Millrace = "millrace"
	Channel  = "channel"
)

// All returns the implementations: millrace first, the channel second, the others by name.
func All() []Impl {
	all := []Impl{
		ants, channel, batches, spinning, conc, errgroup, goPkgz, gopool, goroutine, millrace, pond, pondSubmit, workerpool,
	}
	rank := func(r Impl) int { return slices.Index([]string{Channel, Millrace}, r.Name) }
	slices.SortStableFunc(all, func(a, b Impl) int { return rank(b) - rank(a) })
	return all
}

// Named returns the implementation of that name.
func Named(name string) (Impl, bool) {
	all := All()
	i := slices.IndexFunc(all, func(r Impl) bool { return r.Name == name })
	if i < 0 {
		return Impl{}, false
	}
	return all[i], true
}

// must panics on an error. It is for calls that cannot fail with a valid Config.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
