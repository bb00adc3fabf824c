package poolexpvar

import (
	"errors"
	"expvar"
	"fmt"
	"sync"
)

// ErrInUse is returned by Publish for a name that shows something already.
var ErrInUse = errors.New("poolexpvar: name is in use")

// A name is a variable of package expvar, which forgets none; so what it shows can
// change.
type name struct {
	mu    sync.Mutex
	shows expvar.Var // nil if nothing
}

// names are those that Publish has ever registered.
var names struct {
	mu  sync.Mutex
	all map[string]*name
}

// Publish shows the statistics of s under a name. It returns an error that wraps
// ErrInUse if that name shows something else, of this package or not; to replace a
// pool, Unpublish it first. Any goroutine may call it at any time.
func Publish(as string, s Source) error {
	names.mu.Lock()
	defer names.mu.Unlock()
	n := names.all[as]
	if n == nil {
		n = new(name)
		if !register(as, n) {
			return fmt.Errorf("%w: %q", ErrInUse, as)
		}
		if names.all == nil {
			names.all = make(map[string]*name)
		}
		names.all[as] = n
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.shows != nil {
		return fmt.Errorf("%w: %q", ErrInUse, as)
	}
	n.shows = Var(s)
	return nil
}

// register is expvar.Publish, but reports false where that panics.
func register(as string, n *name) (ok bool) {
	if expvar.Get(as) != nil {
		return false
	}
	defer func() { _ = recover() }() // somebody else took it just now
	expvar.Publish(as, n)
	return true
}

// Unpublish ends what Publish did and reports true, or false if the name shows
// nothing of this package. What it showed is let go of; the name stays, shows null,
// and can be used again by Publish.
func Unpublish(as string) bool {
	names.mu.Lock()
	n := names.all[as]
	names.mu.Unlock()
	if n == nil {
		return false
	}
	n.mu.Lock()
	defer n.mu.Unlock()
	published := n.shows != nil
	n.shows = nil
	return published
}

// String is called by the handler of package expvar.
func (n *name) String() string {
	n.mu.Lock()
	shows := n.shows
	n.mu.Unlock()
	if shows == nil {
		return "null"
	}
	return shows.String()
}
