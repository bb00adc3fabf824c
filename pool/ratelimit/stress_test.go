package ratelimit_test

import (
	"context"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/user/millrace/internal/invariant"
)

const limiterCallers = 64

// rounds reduces a count for slow runs: under -short, and with invariants checked,
// which -race turns on.
func rounds(n int) int {
	if testing.Short() {
		n /= 10
	}
	if invariant.Enabled {
		n /= 5
	}
	return max(n, 2)
}

// Goal: no call is refused while the bucket has tokens throughout the call, however old
// its reading of the clock is. Method: a token comes each nanosecond, which is more often
// than any number of processors can take one, so the bucket is never empty.
func TestLimiterRefusesNoneWhileTokensSuffice(t *testing.T) {
	l := newLimiter(t, 1e9, limiterCallers)
	var refused atomic.Int64
	var wg sync.WaitGroup
	for range limiterCallers {
		wg.Go(func() {
			for range rounds(20_000) {
				if _, wait := l.TryTake(); wait > 0 {
					refused.Add(1)
				}
				if !l.Allow() {
					refused.Add(1)
				}
			}
		})
	}
	wg.Wait()
	assert.Zero(t, refused.Load(), "calls refused")
}

// Goal: in any interval t, at most rate × t + burst tokens, after pauses too. Method:
// 64 goroutines take tokens in bursts of calls with pauses, in real time. The tokens in
// many windows are counted.
func TestLimiterHoldsUnderLoad(t *testing.T) {
	const rate, burst = 20_000, 50
	turns, turn := 10, 150*time.Millisecond
	if testing.Short() {
		turns, turn = 3, 50*time.Millisecond
	}
	type span struct{ from, to time.Duration } // of a call that took a token
	l := newLimiter(t, rate, burst)
	begin := time.Now()
	taken := make([][]span, limiterCallers)
	for range turns {
		end := time.Since(begin) + turn
		var wg sync.WaitGroup
		for i := range limiterCallers {
			wg.Go(func() {
				for {
					from := time.Since(begin)
					if from > end {
						return
					}
					if l.Allow() {
						taken[i] = append(taken[i], span{from, time.Since(begin)})
					}
				}
			})
		}
		wg.Wait()
		time.Sleep(turn / 3) // a pause
	}

	all := slices.Concat(taken...)
	slices.SortFunc(all, func(a, b span) int { return int(a.from - b.from) })
	require.GreaterOrEqual(t, len(all), burst, "only %d tokens", len(all))
	for range 2000 {
		first := rand.IntN(len(all))
		window := time.Duration(rand.Float64() * float64(turn) * math.Pow(10, -3*rand.Float64()))
		to := all[first].from + window
		n := 0
		for _, s := range all[first:] {
			if s.from > to {
				break
			}
			if s.to <= to {
				n++
			}
		}
		most := rate*window.Seconds() + burst
		require.LessOrEqual(t, float64(n), most, "tokens in %v", window)
	}
	total := time.Since(begin)
	most := rate*total.Seconds() + burst
	assert.LessOrEqual(t, float64(len(all)), most, "tokens in %v", total)
}

// Goal: no call is refused while there is a token, however long after its clock reading
// the call proceeds. Method: as many callers as the burst, each of which lets more than
// a burst's time pass between two calls, so there always is a token. Builds that check
// invariants suspend callers between clock and word.
func TestLimiterRefusesNoneWhileThereAreTokens(t *testing.T) {
	const callers = 8
	const pause = 100 * time.Nanosecond // 10 tokens' worth
	l := newLimiter(t, 1e8, callers)
	var refused atomic.Int64
	var wg sync.WaitGroup
	for range callers {
		wg.Go(func() {
			for range rounds(2000) {
				if !l.Allow() {
					refused.Add(1)
				}
				for end := time.Now(); time.Since(end) < pause; {
					runtime.Gosched()
				}
			}
		})
	}
	wg.Wait()
	assert.Zero(t, refused.Load(), "calls were refused")
}

// Goal: changes of the limits neither duplicate nor lose tokens. Method: time stands
// still, so exactly the burst is available, however many goroutines change the rate.
func TestLimiterChangesHandNothingOutTwice(t *testing.T) {
	for range rounds(20) {
		synctest.Test(t, func(t *testing.T) {
			const burst = 1000
			l := newLimiter(t, 1, burst)
			var taken atomic.Int64
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					for j := range 2 * burst / 16 {
						if i%4 == 0 {
							assert.NoError(t, l.SetLimit([]float64{0.1, 10, 1e6, 3e9, 1.0 / 3}[(i/4+j)%5]))
						}
						if l.Allow() {
							taken.Add(1)
						}
					}
				})
			}
			wg.Wait()
			if n := taken.Load(); n != burst || l.Tokens() != 0 {
				t.Errorf("%d tokens were taken and %v are left, want %d and 0", n, l.Tokens(), burst)
			}
		})
	}
}

// Goal: cancelled tokens can be taken again at most once, whatever other calls take,
// cancel and change. Method: time stands still, and the burst never exceeds its first
// value.
func TestLimiterCancelHandsNothingOutTwice(t *testing.T) {
	for range rounds(20) {
		synctest.Test(t, func(t *testing.T) {
			const burst = 1000
			l := newLimiter(t, 10, burst)
			var taken atomic.Int64
			var wg sync.WaitGroup
			for i := range 16 {
				wg.Go(func() {
					for j := range 500 {
						switch n := 1 + (i+j)%3; {
						case j%3 != 0:
							r := l.ReserveN(n)
							if j%2 == 0 && r.OK() && r.Delay() == 0 {
								taken.Add(int64(n))
								break
							}
							r.Cancel()
							r.Cancel()
						case i == 0 && j%30 == 0:
							assert.NoError(t, l.SetBurst(burst-j))
						case l.AllowN(n):
							taken.Add(int64(n))
						}
					}
				})
			}
			wg.Wait()
			assert.LessOrEqual(t, taken.Load(), int64(burst), "tokens were taken, there were %d", burst)
		})
	}
}

// Goal: under a storm of changes, in real time, at most as many tokens are taken as the
// highest limits allow.
func TestLimiterHoldsUnderChanges(t *testing.T) {
	const slow, fast, small, large = 1000, 100_000, 3, 200
	l := newLimiter(t, slow, large)
	long := 200 * time.Millisecond
	if testing.Short() {
		long /= 4
	}
	var taken atomic.Int64
	var wg sync.WaitGroup
	begin := time.Now()
	storm := func(f func(i int)) {
		wg.Go(func() {
			for i := 0; time.Since(begin) < long; i++ {
				f(i)
			}
		})
	}
	for range 8 {
		storm(func(int) {
			if l.Allow() {
				taken.Add(1)
			}
		})
	}
	storm(func(int) { l.Reserve().Cancel() })
	storm(func(i int) { assert.NoError(t, l.SetLimit([]float64{slow, fast, 7777.7}[i%3])) })
	storm(func(i int) { assert.NoError(t, l.SetBurst([]int{small, large}[i%2])) })
	wg.Wait()
	total := time.Since(begin)
	n, most := taken.Load(), fast*total.Seconds()+large
	assert.LessOrEqual(t, float64(n), most, "tokens in %v", total)
}

// Goal: many waiters are served at the rate.
func TestLimiterServesManyWaiters(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const rate, burst, waiters = 100, 10, 1000
		l := newLimiter(t, rate, burst)
		begin := time.Now()
		var served []time.Duration
		var mu sync.Mutex
		var wg sync.WaitGroup
		for range waiters {
			wg.Go(func() {
				if l.Wait(context.Background()) == nil {
					mu.Lock()
					served = append(served, time.Since(begin))
					mu.Unlock()
				}
			})
		}
		wg.Wait()
		slices.Sort(served)
		for i, at := range served {
			want := time.Duration(max(i-burst+1, 0)) * time.Second / rate
			require.Equal(t, want, at, "the token number %d came after %v", i, at)
		}
	})
}
