package pool_test

import (
	"sync"
	"testing"

	"github.com/user/millrace/pool"
)

func closed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

func TestSignalWakesThoseBeforeItAndNoneAfter(t *testing.T) {
	var s pool.Signal
	s.Send() // nobody waits
	one, two := s.Awaited(), s.Awaited()
	if closed(one) || one != two {
		t.Error("woken by what came before, or apart")
	}
	s.Send()
	next := s.Awaited()
	if !closed(one) || closed(next) {
		t.Errorf("%v, %v; want only the first woken", closed(one), closed(next))
	}
	s.Send()
	s.Send()
	if !closed(next) {
		t.Error("not woken")
	}
}

// Goal: no wake is lost: who asks, and then finds that nothing has happened, is
// woken when it does.
func TestSignalLosesNoWake(t *testing.T) {
	for range rounds(10_000) {
		var s pool.Signal
		var happened tally
		var all sync.WaitGroup
		for range 3 {
			all.Go(func() {
				c := s.Awaited()
				if happened.n.Load() == 0 {
					<-c
				}
			})
		}
		happened.n.Add(1)
		s.Send()
		all.Wait()
	}
}
