package threads_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/threads"
)

func closed() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}

func TestParkTakesATokenThatIsThere(t *testing.T) {
	for name, done := range map[string]chan struct{}{"nil": nil, "open": make(chan struct{})} {
		p := threads.NewParker()
		assert.True(t, p.Unpark(), "done %s: Unpark of a parker without a token is false", name)
		assert.True(t, p.Park(done), "done %s: Park is false with a token there", name)
	}
}

// Goal: Park without a token waits, and ends with the Unpark or the closing of
// done that comes, saying which.
//
// Method: synctest.Wait returns once the parked goroutine can go no further.
func TestParkWaits(t *testing.T) {
	unpark := func(p *threads.Parker, _ chan struct{}) { p.Unpark() }
	for _, c := range []struct {
		name    string
		hasDone bool
		end     func(p *threads.Parker, done chan struct{})
		want    bool
	}{
		{"for Unpark, with no done", false, unpark, true},
		{"for Unpark, with done open", true, unpark, true},
		{"for done", true, func(_ *threads.Parker, done chan struct{}) { close(done) }, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := threads.NewParker()
				var done chan struct{}
				if c.hasDone {
					done = make(chan struct{})
				}
				var returned, got atomic.Bool
				go func() {
					got.Store(p.Park(done))
					returned.Store(true)
				}()
				synctest.Wait()
				require.False(t, returned.Load(), "Park returned with no token there and done not closed")
				c.end(p, done)
				synctest.Wait()
				require.True(t, returned.Load(), "Park did not return")
				assert.Equal(t, c.want, got.Load(), "Park")
			})
		})
	}
}

func TestTokenBeatsDone(t *testing.T) {
	p, done := threads.NewParker(), closed()
	for range 1000 { // a select alone would take either
		p.Unpark()
		require.True(t, p.Park(done), "Park is false with a token there")
		require.False(t, p.Park(done), "Park is true with no token and done closed")
	}
}

func TestUnparkTwiceLeavesOneToken(t *testing.T) {
	p := threads.NewParker()
	assert.True(t, p.Unpark(), "the first Unpark is false")
	assert.False(t, p.Unpark(), "the second Unpark is true")
	assert.True(t, p.Park(nil), "Park is false with a token there")
	assert.False(t, p.Park(closed()), "the token could be taken twice")
}

// Goal: an Unpark that races the closing of done is not lost: whichever Park
// answers to, the token is taken once in all.
func TestTokenSurvivesAParkThatGaveUp(t *testing.T) {
	for range rounds() {
		p, done := threads.NewParker(), make(chan struct{})
		var both sync.WaitGroup
		both.Go(func() { p.Unpark() })
		both.Go(func() { close(done) })
		unparked := p.Park(done)
		both.Wait()
		if again := p.Park(done); again == unparked {
			t.Fatalf("Park was %v and, with done closed, then %v", unparked, again)
		}
	}
}

// Goal: each Unpark wakes, and what was written before it is seen after the
// Park it wakes.
//
// Method: two goroutines hand a plain variable back and forth; a lost wake hangs
// the test, a missing edge shows under the race detector.
func TestUnparkSynchronizesBeforePark(t *testing.T) {
	ping, pong := threads.NewParker(), threads.NewParker()
	n := rounds()
	turns := 0
	var other sync.WaitGroup
	other.Go(func() {
		for range n {
			ping.Park(nil)
			turns++
			pong.Unpark()
		}
	})
	for range n {
		turns++
		ping.Unpark()
		pong.Park(nil)
	}
	other.Wait()
	assert.Equal(t, 2*n, turns, "turns were taken")
}

// Goal: with many that unpark, no wake is lost, though tokens fall together.
//
// Method: each adds to a count and unparks; the parked one must get to see the
// full count, or the test hangs.
func TestParkSeesWhatManyUnparkersPublished(t *testing.T) {
	const unparkers = 4
	p := threads.NewParker()
	n := int64(unparkers * rounds())
	var published atomic.Int64
	var all sync.WaitGroup
	for range unparkers {
		all.Go(func() {
			for range n / unparkers {
				published.Add(1)
				p.Unpark()
			}
		})
	}
	for published.Load() < n {
		p.Park(nil)
	}
	all.Wait()
}

// rounds is how often a test of interleavings repeats.
func rounds() int {
	if testing.Short() {
		return 1000
	}
	return 10_000
}
