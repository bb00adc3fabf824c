// Package implementations makes pools of many libraries, millrace among them, look alike, so
// that they can be measured side by side.
//
// Each is used as its own documentation recommends, and tuned as its authors would
// for the use at hand. The functions that are handed in keep their own account of
// being run: an adapter adds nothing to them.
package impls

import (
	"runtime/debug"
	"slices"
)

// A Pool runs functions on workers. What submits waits while there is no room; any
// number of goroutines may do so.
type Pool interface {
	// Repeat returns a function that submits f so many times, one after the other, as
	// directly as the library's user would. What the library needs around f is made
	// once. A nil f is a task that does nothing, and takes no call more than it must.
	Repeat(f func()) (submit func(times int))

	// Submit submits a call f(i), as a closure that is made for it.
	Submit(f func(i int), i int)

	// Close waits until all that was submitted has run, and lets the workers go.
	// Nothing is submitted any more when it is called.
	Close()
}

// A Config is what a pool is asked to be.
type Config struct {
	Workers int
	Queue   int  // tasks that may wait, where the library can bound them
	Single  bool // each task matters by itself: nothing is to wait for others to come
}

// An Impl is a way to run functions on workers.
type Impl struct {
	Name   string // for tables, lower case, without spaces
	Module string // where it comes from; "" if from Go itself
	Setup  string // how it is set up, in a line
	New    func(Config) Pool

	// Queues reports whether Config.Queue tasks, or any number, can wait while all
	// workers are busy. Else who submits has to wait then, and tasks that submit may
	// all wait for each other.
	Queues bool

	// NewTyped makes a pool of one function whose arguments are what is queued; a nil
	// function is Value.Use. It is nil where the library has no such thing.
	NewTyped func(Config, func(Value)) Typed
}

// A Typed pool calls one function with the values it is given.
type Typed interface {
	// Submit submits the values from ≤ v < to, one after the other.
	Submit(from, to Value)
	Close()
}

// A Value is the argument of a Typed pool: a word, not negative.
type Value int

// Use looks at v.
func (v Value) Use() {
	if v < 0 {
		panic("impls: a value that nobody submitted")
	}
}

// used returns f, or what stands in for it.
func used(f func(Value)) func(Value) {
	if f == nil {
		return Value.Use
	}
	return f
}

// called returns f, or what stands in for it.
func called(f func()) func() {
	if f == nil {
		return func() {}
	}
	return f
}

// A Batcher can submit many tasks at a time.
type Batcher interface {
	Pool

	// RepeatBatch is Repeat of batches: each submits f so many times at once. The batch
	// is made once, too.
	RepeatBatch(f func(), size int) (submit func(times int))

	// SubmitAll submits the calls f(i) for from ≤ i < to, each as a closure that is made
	// for it.
	SubmitAll(f func(i int), from, to int)
}

// A Grower has a way of its own by which tasks submit tasks and all are waited for.
type Grower interface {
	Pool

	// Grow runs a tree of tasks, of so many levels, and waits for it. A task calls f,
	// unless that is nil, and submits two tasks more above the last level. Nobody else
	// may use the pool meanwhile.
	Grow(levels int, f func())
}

// A Caller can call f(i) on a worker, as a closure that is made for it, and wait for
// what it returns.
type Caller interface {
	Pool
	Call(f func(i int) int, i int) int
}

// A Promiser can submit such a call and be asked later for what it returned.
type Promiser interface {
	Pool
	Promise(f func(i int) int, i int) Promise
}

// A Promise is of what a call will have returned. It is asked once.
type Promise interface{ Wait() int }

// Version returns the version of a module that this program was built with, for ""
// that of Go.
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

// Millrace and Channel are the names of the library and of what it must beat.
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

// must is for what cannot fail with a sound Config.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
