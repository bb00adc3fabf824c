// Package rivals makes pools of many libraries, millrace among them, look alike, so
// that they can be measured side by side.
//
// Each is used as its own documentation recommends, and tuned as its authors would
// for the use at hand. The functions that are handed in keep their own account of
// being run: an adapter adds nothing to them.
package rivals

import (
	"runtime/debug"
	"slices"
)

// A Pool runs functions on workers.
type Pool interface {
	// Submit hands in a function, and waits while there is no room for it. Any
	// number of goroutines may call it.
	Submit(f func())

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

// A Rival is a way to run functions on workers.
type Rival struct {
	Name   string // for tables, lower case, without spaces
	Module string // where it comes from; "" if from Go itself
	Setup  string // how it is set up, in a line
	New    func(Config) Pool
}

// Version returns the version that this program was built with.
func (r Rival) Version() string {
	info, ok := debug.ReadBuildInfo()
	switch {
	case !ok:
		return "unknown"
	case r.Module == "":
		return info.GoVersion
	}
	for _, m := range info.Deps {
		if m.Path == r.Module {
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

// All returns the rivals: millrace first, the channel second, the others by name.
func All() []Rival {
	all := []Rival{
		ants, channel, conc, errgroup, goPkgz, goroutine, gopool, millrace, pond, pondSubmit, spinning, workerpool,
	}
	rank := func(r Rival) int { return slices.Index([]string{Channel, Millrace}, r.Name) }
	slices.SortStableFunc(all, func(a, b Rival) int { return rank(b) - rank(a) })
	return all
}

// Named returns the rival of that name.
func Named(name string) (Rival, bool) {
	all := All()
	i := slices.IndexFunc(all, func(r Rival) bool { return r.Name == name })
	if i < 0 {
		return Rival{}, false
	}
	return all[i], true
}

// must is for what cannot fail with a sound Config.
func must(err error) {
	if err != nil {
		panic(err)
	}
}
