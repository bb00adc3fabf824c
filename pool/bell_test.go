package pool_test

import (
	"sync"
	"testing"

	"github.com/user/millrace/pool"
)

func TestBellWakesAllWhoListen(t *testing.T) {
	var b pool.Bell
	listeners := make([]*pool.Listener, 5)
	for i := range listeners {
		if i == 2 {
			defer func(done <-chan struct{}) { <-done }(b.Done())
		}
		listeners[i] = pool.NewListener()
		if !b.Listen(listeners[i]) {
			t.Error("Listen reports that it has rung")
		}
	}
	if b.HasRung() {
		t.Error("has rung")
	}
	b.Ring()
	for _, l := range listeners {
		<-l.Wake()
	}
	if !b.HasRung() || b.Listen(pool.NewListener()) {
		t.Error("has not rung")
	}
	<-b.Done()
}

func TestBellDoneIsOneChannel(t *testing.T) {
	for _, first := range []bool{true, false} { // asked for before it rang, or only after
		var b pool.Bell
		var done <-chan struct{}
		if first {
			done = b.Done()
			b.Listen(pool.NewListener())
			if b.Done() != done {
				t.Error("another channel before it rang")
			}
		}
		b.Ring()
		<-b.Done()
		if after := b.Done(); first && after != done || b.Done() != after {
			t.Error("another channel after it rang")
		}
	}
}

func TestBellListenerLeaves(t *testing.T) {
	var b pool.Bell
	l := pool.NewListener()
	b.Listen(l)
	if !b.Leave(l) {
		t.Error("Leave reports that it has rung")
	}
	b.Ring()
	if len(l.Wake()) != 0 {
		t.Error("woken after it left")
	}
	var c pool.Bell
	c.Listen(l)
	c.Ring()
	if c.Leave(l) {
		t.Error("Leave reports true of a bell that has rung")
	}
	<-l.Wake()
}

// Goal: whoever listens while it rings is either told that it has rung or woken,
// and once.
func TestBellRingsBesideListeners(t *testing.T) {
	for range rounds(5_000) {
		var b pool.Bell
		var all sync.WaitGroup
		var channels [3]<-chan struct{}
		all.Go(b.Ring)
		for i := range 3 {
			all.Go(func() {
				l := pool.NewListener()
				if b.Listen(l) {
					<-l.Wake()
				} else if len(l.Wake()) != 0 {
					t.Error("woken and told that it has rung")
				}
			})
			all.Go(func() {
				channels[i] = b.Done()
				<-channels[i]
			})
		}
		all.Wait()
		if channels[0] != channels[1] || channels[1] != channels[2] {
			t.Fatal("Done is more than one channel")
		}
	}
}

// Goal: the only listener is woken exactly if it did not leave in time.
func TestBellRingsBesideALeaver(t *testing.T) {
	l := pool.NewListener() // one for all bells: a token too many would show
	for range rounds(20_000) {
		var b pool.Bell
		b.Listen(l)
		rung := async(func() struct{} { b.Ring(); return struct{}{} })
		if !b.Leave(l) {
			<-l.Wake()
		}
		<-rung
		if len(l.Wake()) != 0 {
			t.Fatal("woken after it left")
		}
	}
}
