package taskctx

import "context"

// End ends the context, and with it those of the tasks submitted with it.
func (c *Context) End(err error) { c.end(err, false) }

// EndOwn ends the context for a reason of the task's own, which is none for the tasks
// submitted from inside it.
func (c *Context) EndOwn(err error) { c.end(err, true) }

// end ends the context if it has not ended, and returns why it ended.
func (c *Context) end(err error, own bool) error {
	c.mu.Lock()
	if own {
		c.callBeforeOwnEnd()
	}
	if c.err != nil {
		c.own = c.own || own
		err = c.err
		c.mu.Unlock()
		return err
	}
	c.err, c.own = err, own
	if c.done != nil {
		close(c.done)
	}
	afterEnd, watches := c.afterEnd, c.watches
	c.afterEnd, c.watches = nil, nil
	c.mu.Unlock()
	for _, stop := range watches {
		stop()
	}
	if len(afterEnd) > 0 { // a range over a nil map takes 10 ns
		for f := range afterEnd {
			go (*f)()
		}
	}
	return err
}

// AfterFunc calls f in a goroutine of its own after the context has ended. The function
// returned prevents that, and reports whether it came in time.
func (c *Context) AfterFunc(f func()) (stop func() bool) {
	c.Done() // so that an end from outside is noticed
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.err != nil {
		go f()
		return func() bool { return false }
	}
	key := c.afterEnd.add(f)
	return func() bool { return c.remove(&c.afterEnd, key) }
}

// WatchSubmitter calls ended in a goroutine of its own after the submitter's context has
// ended, unless that is watched already or c has ended. It takes the place of what Done
// would do, so ended must see to it that c ends.
func (c *Context) WatchSubmitter(ended func(error)) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.watchSubmitter(ended)
}

// watchSubmitter is WatchSubmitter for a caller that holds mu.
//
// SubmitterErr depends on the contexts with which the parents were submitted, so these
// are watched, too. It also depends on whether a parent ended by itself: an end of the
// submitter's context before that counts, but cannot be told apart afterwards. So each
// parent calls back just before it ends by itself.
func (c *Context) watchSubmitter(ended func(error)) {
	if c.submitter == nil || c.watching || c.err != nil {
		return
	}
	c.watching = true
	for at := c; at != nil; at = at.parent {
		if outside := at.Outside(); outside.Done() != nil {
			c.watches = append(c.watches, context.AfterFunc(outside, func() {
				if err := c.SubmitterErr(); err != nil {
					ended(err)
				}
			}))
		}
		if at.parent != nil {
			c.watches = append(c.watches, at.parent.beforeEnd(func() {
				if err := c.SubmitterErr(); err != nil {
					c.end(err, false)
					go ended(err)
				}
			}))
		}
	}
}

// beforeEnd calls f before the context ends for a reason of the task's own. The function
// returned prevents that.
func (c *Context) beforeEnd(f func()) (stop func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	key := c.beforeOwnEnd.add(f)
	return func() bool { return c.remove(&c.beforeOwnEnd, key) }
}

// callBeforeOwnEnd makes the calls that beforeEnd promises. The caller holds mu, which
// is released during the calls.
func (c *Context) callBeforeOwnEnd() {
	for len(c.beforeOwnEnd) > 0 {
		calls := c.beforeOwnEnd
		c.beforeOwnEnd = nil
		c.mu.Unlock()
		for f := range calls {
			(*f)()
		}
		c.mu.Lock()
	}
}

func (c *Context) remove(from *callbacks, key *func()) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, found := (*from)[key]
	delete(*from, key)
	return found
}

// callbacks are functions to be called, each known by its key. The mu of their Context
// guards them.
type callbacks map[*func()]struct{}

func (s *callbacks) add(f func()) (key *func()) {
	if *s == nil {
		*s = make(callbacks)
	}
	(*s)[&f] = struct{}{}
	return &f
}
