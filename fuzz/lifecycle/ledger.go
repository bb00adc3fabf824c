package lifecycle

import (
	"context"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/user/millrace/pool"
)

// A ledger has an entry for each task that reports its outcome, and counts the plain
// functions, which do not.
type ledger struct {
	bareAccepted atomic.Int64
	bareRuns     atomic.Int64
	members      atomic.Int64 // accepted members of groups
	memberRuns   atomic.Int64 // members that ran
	neverRan     atomic.Int64 // entries whose task never ran
	teams        atomic.Bool  // there were tasks of For, Map or Stream, which only the pool counts

	mu      sync.Mutex
	entries []*entry
}

// An entry is the record of one task.
type entry struct {
	accepted bool
	unsaid   bool // only the outcome shows whether it was accepted
	runs     atomic.Int32
	outcomes atomic.Int32
	told     pool.Result
	name     string
}

func (g *ledger) open(name string) *entry {
	e := &entry{name: name}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.entries = append(g.entries, e)
	return e
}

// outcome is the callback of the entry's task.
func (g *ledger) outcome(e *entry) pool.TaskOption {
	return pool.WithTaskCallback(func(r pool.Result) {
		if e.outcomes.Add(1) == 1 {
			e.told = r
		}
		if r.Runs == 0 {
			g.neverRan.Add(1)
		}
	})
}

func (g *ledger) bare(context.Context) error {
	g.bareRuns.Add(1)
	return nil
}

// check compares the entries with each other and with the statistics of a terminated pool.
func (g *ledger) check(l *lifecycle) {
	s := l.p.Stats()
	accepted := g.bareAccepted.Load() + g.members.Load()
	for _, e := range g.entries {
		want := int32(0)
		if e.unsaid {
			e.accepted = e.outcomes.Load() > 0
		}
		if e.accepted {
			want = 1
			accepted++
		}
		runs, outcomes := e.runs.Load(), e.outcomes.Load()
		switch {
		case outcomes != want:
			l.errs.add("%s: accepted %v, but %d outcomes", e.name, e.accepted, outcomes)
		case want == 0 && runs > 0:
			l.errs.add("%s: refused, and ran", e.name)
		case want == 1 && int(runs) != e.told.Runs:
			l.errs.add("%s: ran %d times, its result tells of %d", e.name, runs, e.told.Runs)
		case int(runs) > 1+l.retries:
			l.errs.add("%s: ran %d times with %d retries", e.name, runs, l.retries)
		}
	}
	neverRan := g.bareAccepted.Load() - g.bareRuns.Load() + g.members.Load() - g.memberRuns.Load() + g.neverRan.Load()
	switch {
	case s.SubmittedTasks != accepted && !(g.teams.Load() && s.SubmittedTasks > accepted):
		l.errs.add("%d accepted, counted: %+v", accepted, s)
	case !allSettled(s):
		l.errs.add("not every task has one outcome: %+v", s)
	case s.DroppedTasks+s.CancelledTasks != neverRan && !l.bareMayRunAgain() && !(g.teams.Load() && s.DroppedTasks+s.CancelledTasks > neverRan):
		l.errs.add("%d never ran, counted: %+v", neverRan, s)
	case s.ActiveWorkers != 0 || s.Goroutines != 0:
		l.errs.add("workers are left: %+v", s)
	}
	l.witness.check(&l.errs, s)
}

// allSettled reports whether each task has one outcome, and none is queued or running.
func allSettled(s pool.Stats) bool {
	settled := s.CompletedTasks + s.FailedTasks + s.DroppedTasks + s.CancelledTasks
	return settled == s.SubmittedTasks && s.QueuedTasks == 0 && s.RunningTasks == 0 && s.WaitingRetries == 0 && s.OverdueTasks == 0
}

// bareMayRunAgain reports whether a plain function may run more than once. It never fails,
// but may time out.
func (s *shape) bareMayRunAgain() bool { return s.retries > 0 && slices.Contains(s.words, "timeout") }
