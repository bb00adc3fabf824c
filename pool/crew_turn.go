package pool

import (
	"context"
	"time"
)

// slice is how long a task works on while others wait for a worker.
const slice = 10 * time.Millisecond

// A turn is the time of one task, or of the caller, at work.
type turn struct {
	crew   *crew
	ctx    context.Context // for the elements
	begun  time.Time       // or since when it is at it again
	stays  bool            // it is the caller
	atWork bool            // it has recruited
}

// ended reports whether no further element must start.
func (t *turn) ended() bool { return t.crew.group.ctx.Err() != nil || t.ctx.Err() != nil }

// recruit submits further tasks if there is work for them. It is called before
// each element or chunk that was taken: at first for two, so that many start soon,
// then for one, since others may have left and the pool may have grown.
func (t *turn) recruit() {
	if !t.atWork {
		t.atWork = true
		t.crew.grow()
	}
	t.crew.grow()
}

// over reports whether the task must make way: the crew is larger than the pool
// since a Resize, or others wait for a worker and another task was queued in its
// place. It need not be counted out then.
func (t *turn) over(now time.Time) bool {
	c := t.crew
	if t.stays || c.pool.cfg.overflow == DropOldest {
		return false // it could be dropped, the task that is left to do the work
	}
	if c.stepDown() {
		return true
	}
	if t.begun.IsZero() {
		t.begun = now
	}
	if now.Sub(t.begun) < slice || !c.othersWait() || !c.job.left() {
		return false
	}
	t.begun = now
	if c.submit() != nil {
		return false
	}
	c.dismiss() // the others may have done everything before it was listed
	return true
}

// othersWait reports whether there are tasks that wait for a worker. Where there is
// a rate limit they wait for that, as would the task in this one's place.
func (c *crew) othersWait() bool {
	return c.pool.limiter == nil && c.pool.engine.Queued() > 0
}

// stepDown counts a task out if there are too many, and reports whether it did.
func (c *crew) stepDown() bool {
	for {
		size := c.size.Load()
		if size <= c.most() {
			return false
		}
		if c.size.CompareAndSwap(size, size-1) {
			return true
		}
	}
}
