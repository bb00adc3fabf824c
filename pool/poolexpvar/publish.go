package poolexpvar

import (
	"errors"
	"expvar"
	"fmt"
	"sync"
)

// ErrInUse is the error of Publish for a name that is already in use.
var ErrInUse = errors.New("poolexpvar: name is in use")

// A name is a variable of package expvar. That package never removes a variable, so
// a name can change what it shows.
type name struct {
	mu    sync.Mutex
	shows expvar.Var // nil if nothing
}

// names holds all names that Publish has ever registered.
var names struct {
	mu  sync.Mutex
	all map[string]*name
}

// Publish publishes the statistics of s under a name. If the name is in use, also by
// another package, the error wraps ErrInUse. To replace a pool, call Unpublish
// first. Any goroutine may call Publish at any time.
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

// register calls expvar.Publish, and reports false if that panics.
func register(as string, n *name) (ok bool) {
	if expvar.Get(as) != nil {
		return false
	}
	defer func() { _ = recover() }() // the name was taken just now
	expvar.Publish(as, n)
	return true
}

// Unpublish removes what Publish published under a name, and reports whether there
// was anything. The variable remains and shows null. Publish may use the name again.
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
