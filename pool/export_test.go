package pool

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// A Completion is a completion for tests.
type Completion struct{ c completion }

func (c *Completion) Complete()             { c.c.complete() }
func (c *Completion) IsDone() bool          { return c.c.isDone() }
func (c *Completion) Done() <-chan struct{} { return c.c.done() }
func (c *Completion) Add(w *Waiter) bool    { return c.c.add(&w.w) }
func (c *Completion) Remove(w *Waiter) bool { return c.c.remove(&w.w) }

// A Waiter is a waiter for tests.
type Waiter struct{ w waiter }

// NewWaiter returns a Waiter that is woken through its channel.
func NewWaiter() *Waiter { return &Waiter{waiter{wake: make(chan struct{}, 1)}} }

func (w *Waiter) Wake() chan struct{} { return w.w.wake }

// QueuedItems returns the number of items in the queue, with those of cancelled
// tasks.
func QueuedItems(p *WorkerPool) int { return p.engine.Queued() }

// SizeInFact returns how many workers the scheduler allows.
func (p *WorkerPool) SizeInFact() int { return p.engine.Workers() }

// SearchAndHandover returns what the options WithSearch and WithHandover make of the
// scheduler's Config.
func (p *WorkerPool) SearchAndHandover() (search time.Duration, handover bool) {
	c := engineConfig(p, item.priority)
	return c.SpinTime, !c.NoHandover
}

// DefaultBurst returns the burst of a pool that sets only that rate.
func DefaultBurst(rate float64) int { return defaultBurst(rate) }

// RetryDelay returns the delay after so many runs, with a Backoff as WithBackoff
// leaves it; its zero value is none. random, below 1, is the part of the jitter.
func RetryDelay(first time.Duration, b Backoff, runs int, random float64) time.Duration {
	return b.delay(first, runs, random)
}

// A RunState is a runState for tests.
type RunState struct{ s runState }

// The states of a run, for tests.
const (
	NotStarted = notStarted
	CalledOff  = calledOff
	NeverRan   = neverRan
	Started    = started
	Late       = late
	Over       = over
)

func (s *RunState) State() uint32                    { return s.s.state() }
func (s *RunState) Run() uint32                      { return s.s.run() }
func (s *RunState) SetRun(run uint32)                { s.s.word.Store(run << stateBits) }
func (s *RunState) Move(from, to uint32) bool        { return s.s.move(from, to) }
func (s *RunState) MoveIn(run, from, to uint32) bool { return s.s.moveIn(run, from, to) }
func (s *RunState) NeverRuns() bool                  { return s.s.neverRuns() }
func (s *RunState) Skip()                            { s.s.skip() }
func (s *RunState) Again()                           { s.s.again() }

// A Broadcast is a broadcast for tests.
type Broadcast struct{ b broadcast }

func (b *Broadcast) Next() <-chan struct{} { return b.b.next() }
func (b *Broadcast) Send()                 { b.b.send() }

// BudgetWindow is the length of a window of WithRetryBudget.
const BudgetWindow = budgetWindow

// CheckStreamQueue checks that slots given up hold nothing, and that slots may be
// filled in any order.
func CheckStreamQueue(t *testing.T) {
	var q queue[*int]
	q.init(3)
	for round := range 10 {
		q.push(&round)
		v, index, ok := q.pop()
		assert.True(t, ok)
		assert.Same(t, &round, v)
		assert.Equal(t, uint64(round), index)
		for _, slot := range q.slots {
			assert.Nil(t, slot.v, "a slot holds an element that was taken")
			assert.False(t, slot.taken, "a slot holds an element that was taken")
		}
	}
	q.init(3)
	q.head = 0
	q.put(1, nil)
	_, _, ok := q.pop()
	assert.False(t, ok, "the second came first")
	q.put(0, nil)
	for want := range uint64(2) {
		_, index, ok := q.pop()
		assert.True(t, ok)
		assert.Equal(t, want, index)
	}
}

// WatchdogPending reports whether the watchdog's timer is set or a check is in
// progress.
func WatchdogPending(p *WorkerPool) bool { return p.watchdog.Pending() }
