package lifecycle

import (
	"fmt"
	"strings"
	"time"

	"github.com/user/millrace/pool"
)

// A shape is the configuration of a pool and of its use.
type shape struct {
	cfg     pool.Config
	opts    []pool.Option
	words   []string // names of the options
	policy  pool.Overflow
	retries int
	witness *witness // nil without a collector

	submitters int
	turns      int // operations of each submitter
	resizes    int
	graceful   bool // Stop has no deadline
	end        ending
}

// An ending is how the lifecycle of a pool ends.
type ending int

const (
	stopAfter  ending = iota // Stop once the submitters are done
	stopAmid                 // Stop while they submit
	cancelAmid               // the context given to Start ends while they submit
	stopByMany               // several Stops at once, while they submit
	neverStart               // Stop of a pool that was never started
	endingCount
)

var endings = [...]string{"stop after", "stop amid", "cancel amid", "stop by many", "never started"}

func newShape(d Dice, effort int) shape {
	s := shape{
		cfg: pool.Config{
			Workers:   one(d, 1, 1, 2, 2, 3, 8, 8, 40, 200),
			QueueSize: one(d, 0, 1, 2, 5, 64, 1024, 1024, 5000),
			Priority:  chance(d, 4),
		},
		submitters: 1 + d.Roll(8),
		turns:      1 + d.Roll(1+effort),
		resizes:    one(d, 0, 0, 3, 20),
		graceful:   d.Roll(3) > 0,
		end:        one(d, stopAfter, stopAfter, stopAfter, stopAmid, stopAmid, cancelAmid, stopByMany, neverStart),
	}
	s.option(chance(d, 3), "retry", func() pool.Option {
		s.retries = 1 + d.Roll(3)
		return pool.WithRetry(s.retries, time.Duration(d.Roll(300))*time.Microsecond)
	})
	s.option(chance(d, 8), "backoff", func() pool.Option {
		return pool.WithBackoff(pool.Backoff{Max: time.Millisecond, Jitter: 0.5})
	})
	s.option(chance(d, 8), "budget", func() pool.Option { return pool.WithRetryBudget(0.1, 5) })
	s.option(chance(d, 12), "rate", func() pool.Option { return pool.WithRateLimit(float64(20_000 + d.Roll(2_000_000))) })
	s.option(chance(d, 6), "timeout", func() pool.Option { return pool.WithTaskTimeout(time.Duration(1+d.Roll(2000)) * time.Microsecond) })
	s.option(chance(d, 10), "labels", pool.WithProfilerLabels)
	s.option(chance(d, 8), "histograms", func() pool.Option { return pool.WithHistograms(1 + d.Roll(3)) })
	s.option(chance(d, 12), "watchdog", func() pool.Option {
		return pool.WithWatchdog(time.Duration(20+d.Roll(2000))*time.Microsecond, nil)
	})
	if chance(d, 8) {
		s.witness = newWitness()
		s.opts = append(s.opts, s.witness.options()...)
		s.words = append(s.words, "witness")
	}
	s.option(s.cfg.Priority && chance(d, 2), "aging", func() pool.Option { return pool.WithPriorityAging(1 + d.Roll(100)) })
	if chance(d, 3) {
		s.policy = one(d, pool.Reject, pool.DropNewest, pool.DropOldest, pool.CallerRuns)
		if s.policy == pool.DropOldest && s.cfg.Priority {
			s.policy = pool.Reject
		}
		s.option(true, fmt.Sprint("overflow ", s.policy), func() pool.Option { return pool.WithOverflow(s.policy) })
	}
	return s
}

func (s *shape) option(yes bool, word string, make func() pool.Option) {
	if yes {
		s.opts = append(s.opts, make())
		s.words = append(s.words, word)
	}
}

func (s *shape) String() string {
	return fmt.Sprintf("%d workers, queue %d, priority %v, options [%s], %d submitters × %d, %d resizes, %s, graceful %v",
		s.cfg.Workers, s.cfg.QueueSize, s.cfg.Priority, strings.Join(s.words, " "), s.submitters, s.turns, s.resizes, endings[s.end], s.graceful)
}
