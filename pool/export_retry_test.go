package pool

import "time"

// RetryDelay returns the delay after so many runs, with a Backoff as WithBackoff
// leaves it; its zero value is none. random, below 1, is the part of the jitter.
func RetryDelay(first time.Duration, b Backoff, runs int, random float64) time.Duration {
	return b.delay(first, runs, random)
}

// A Fate is a fate for tests.
type Fate struct{ f fate }

// The states of a run, for tests.
const (
	NotStarted = notStarted
	CalledOff  = calledOff
	Unrun      = unrun
	Started    = started
	Late       = late
	Over       = over
)

func (f *Fate) State() uint32                    { return f.f.state() }
func (f *Fate) Run() uint32                      { return f.f.run() }
func (f *Fate) SetRun(run uint32)                { f.f.word.Store(run << stateBits) }
func (f *Fate) Move(from, to uint32) bool        { return f.f.move(from, to) }
func (f *Fate) MoveIn(run, from, to uint32) bool { return f.f.moveIn(run, from, to) }
func (f *Fate) NeverRuns() bool                  { return f.f.neverRuns() }
func (f *Fate) Skip()                            { f.f.skip() }
func (f *Fate) Again()                           { f.f.again() }

// A Signal is a signal for tests.
type Signal struct{ s signal }

func (s *Signal) Awaited() <-chan struct{} { return s.s.awaited() }
func (s *Signal) Send()                    { s.s.send() }

// BudgetWindow is the length of a window of WithRetryBudget.
const BudgetWindow = budgetWindow
