package pool_test

import (
	"testing"
	"time"

	"github.com/user/millrace/pool"
)

// What they change there, the tests of package sched show.
func TestOptionsForLatencyReachTheScheduler(t *testing.T) {
	for name, c := range map[string]struct {
		opts     []pool.Option
		search   time.Duration
		handover bool
	}{
		"default":      {nil, 600 * time.Microsecond, true},
		"search":       {[]pool.Option{pool.WithSearch(time.Millisecond)}, time.Millisecond, true},
		"no search":    {[]pool.Option{pool.WithSearch(0)}, 0, true},
		"no handover":  {[]pool.Option{pool.WithSearch(1), pool.WithHandover(false)}, 1, false},
		"handover":     {[]pool.Option{pool.WithSearch(0), pool.WithHandover(false), pool.WithHandover(true)}, 0, true},
		"neither":      {[]pool.Option{pool.WithSearch(0), pool.WithHandover(false)}, 0, false},
		"the last one": {[]pool.Option{pool.WithSearch(0), pool.WithSearch(1)}, 1, true},
	} {
		t.Run(name, func(t *testing.T) {
			if search, handover := pool.New(pool.Config{}, c.opts...).SearchAndHandover(); search != c.search || handover != c.handover {
				t.Errorf("search %v, handover %v, want %v, %v", search, handover, c.search, c.handover)
			}
		})
	}
}
