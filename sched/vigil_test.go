package sched

import (
	"runtime"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/internal/threads"
)

// Goal: a vigil is over when the search is, so that another can be kept.
func TestOneVigilFollowsAnother(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := &looked{}
		s := New(Config[int]{Workers: 1, Source: source})
		s.gap.limit = 100 * time.Microsecond
		s.gap.add(20*time.Microsecond, 20)
		s.crew.join()
		w := s.roster.enter(s)
		for round := range 3 {
			source.looks = 0
			if _, ok := w.searchOn(); ok || source.looks == 0 {
				t.Errorf("round %d: %d looks, want some", round, source.looks)
			}
		}
	})
}

// Goal: a vigil ends if others want the processor.
//
// Method: on the only processor another goroutine is ready to run, each time for longer
// than a vigil puts up with.
func TestVigilEndsWhereOthersWantTheProcessor(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	g := newGap(time.Hour)
	g.mean.Store(int64(time.Hour))
	v, ok := g.keepVigil()
	if !ok {
		t.Fatal("no vigil")
	}
	var over atomic.Bool
	threads.Go(func() {
		for !over.Load() {
			for begin := g.clock.Now(); g.clock.Now() < begin+2*probeLong; {
			}
			threads.Pause()
		}
	})
	looks, most := 0, 1_000_000
	for looks < most && v.goOn() {
		looks++
	}
	over.Store(true)
	if looks == most {
		t.Error("the vigil went on while another goroutine wanted the processor")
	}
}
