package pool_test

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

var (
	nan = math.NaN()
	inf = math.Inf(1)
)

// delays runs a task that always fails on a pool with these options, and returns
// the times between its runs.
func delays(t *testing.T, opts ...pool.Option) (between []time.Duration) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1}, opts...)
		task := flaky{fails: always}
		must(t, p.SubmitFunc(task.body))
		_ = p.Wait()
		for i := 1; i < len(task.ran); i++ {
			between = append(between, task.ran[i].Sub(task.ran[i-1]))
		}
	})
	return between
}

func wantDelays(t *testing.T, got []time.Duration, want ...time.Duration) {
	t.Helper()
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) || got[i] != want[i] {
			t.Fatalf("delays %v, want %v", got, want)
		}
	}
}

func TestRetryDelayIsConstantWithoutBackoff(t *testing.T) {
	wantDelays(t, delays(t, pool.WithRetry(4, time.Second)), time.Second, time.Second, time.Second, time.Second)
}

func TestBackoffGrowsUpToItsMax(t *testing.T) {
	const s = time.Second
	b := pool.WithBackoff(pool.Backoff{Factor: 3, Max: 20 * s})
	wantDelays(t, delays(t, pool.WithRetry(5, s), b), s, 3*s, 9*s, 20*s, 20*s)
	wantDelays(t, delays(t, b, pool.WithRetry(2, s)), s, 3*s)
	wantDelays(t, delays(t, pool.WithRetry(2, time.Minute), b), 20*s, 20*s)
}

func TestBackoffDefaults(t *testing.T) {
	const s = time.Second
	wantDelays(t, delays(t, pool.WithRetry(7, s), pool.WithBackoff(pool.Backoff{})), s, 2*s, 4*s, 8*s, 16*s, 30*s, 30*s)
}

func TestBackoffOfADelayOfZeroIsZero(t *testing.T) {
	wantDelays(t, delays(t, pool.WithRetry(3, 0), pool.WithBackoff(pool.Backoff{Jitter: 1})), 0, 0, 0)
}

// go-pkgz/pool: 1<<attempt overflows.
func TestBackoffNeverOverflows(t *testing.T) {
	const runs = 1200 // 2^1200 is more than a float64 holds
	got := delays(t, pool.WithRetry(runs, time.Second), pool.WithBackoff(pool.Backoff{}))
	if len(got) != runs {
		t.Fatalf("%d retries", len(got))
	}
	for i, d := range got[5:] {
		if d != 30*time.Second {
			t.Fatalf("delay %d is %v", i+6, d)
		}
	}
	for _, b := range []pool.Backoff{{2, math.MaxInt64, 0}, {math.MaxFloat64, math.MaxInt64, 0}, {1, math.MaxInt64, 0}} {
		if d := pool.RetryDelay(math.MaxInt64, b, math.MaxInt, 0); d != math.MaxInt64 {
			t.Errorf("%+v: %v", b, d)
		}
	}
}

func TestBackoffJitterStaysInItsPart(t *testing.T) {
	const d = time.Second
	for _, jitter := range []float64{0, 0.25, 1} {
		low := time.Duration(float64(d) * (1 - jitter))
		got := delays(t, pool.WithRetry(200, d), pool.WithBackoff(pool.Backoff{Factor: 1, Jitter: jitter}))
		var below int // the middle
		for _, got := range got {
			if got < low || got > d {
				t.Fatalf("jitter %v: delay %v", jitter, got)
			}
			if got < (low+d)/2 {
				below++
			}
		}
		if len(got) != 200 || jitter > 0 && (below < 50 || below > 150) {
			t.Errorf("jitter %v: %d of %d delays in the lower half", jitter, below, len(got))
		}
	}
	if b := (pool.Backoff{Factor: 1, Max: d, Jitter: 0.5}); pool.RetryDelay(d, b, 1, 0) != d ||
		pool.RetryDelay(d, b, 1, 0.5) != 3*d/4 || pool.RetryDelay(d, b, 1, 1) != d/2 {
		t.Error("the part of the jitter is not what random says")
	}
}

func FuzzRetryDelay(f *testing.F) {
	f.Add(int64(time.Second), 2.0, int64(30*time.Second), 0.0, 1, 0.5)
	f.Add(int64(time.Second), 2.0, int64(30*time.Second), 1.0, 2000, 0.999) // the power is infinite
	f.Add(int64(0), 2.0, int64(30*time.Second), 0.5, 2000, 0.0)             // 0 × ∞
	f.Add(int64(math.MaxInt64), 1.0, int64(math.MaxInt64), 0.0, 1, 0.0)     // 2⁶³ is no int64
	f.Add(int64(1<<62+1), 1.0, int64(1<<62+1), 0.0, 1, 0.0)                 // is no float64
	f.Add(int64(3), 1.0, int64(1), 0.3, 1, 0.9999)
	f.Fuzz(func(t *testing.T, first int64, factor float64, most int64, jitter float64, runs int, random float64) {
		b := pool.Backoff{Factor: factor, Max: time.Duration(most), Jitter: jitter}
		if pool.New(pool.Config{}, pool.WithRetry(1, time.Duration(first)), pool.WithBackoff(b)).Validate() != nil ||
			factor == 0 || most == 0 || runs < 1 || !(random >= 0 && random < 1) {
			return
		}
		delay := func(runs int, random float64) time.Duration {
			return pool.RetryDelay(time.Duration(first), b, runs, random)
		}
		d, whole := delay(runs, random), delay(runs, 0)
		switch {
		case d < 0 || d > whole || whole > b.Max:
			t.Errorf("%v with jitter, %v without", d, whole)
		case runs < math.MaxInt && delay(runs+1, 0) < whole:
			t.Errorf("%v, and then %v", whole, delay(runs+1, 0))
		case first > 0 && whole < min(time.Duration(first), b.Max)-1024: // a float64 has 53 bits
			t.Errorf("%v is less than the first delay", whole)
		case float64(d) < float64(whole)*(1-jitter)-1024:
			t.Errorf("%v is less than the jitter leaves of %v", d, whole)
		}
	})
}

func TestRetryIfDecides(t *testing.T) {
	errLast := errors.New("do not try again")
	each(t, ways(), func(t *testing.T, way submission) {
		var asked []error
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(5, 0), pool.WithRetryIf(func(err error) bool {
			asked = append(asked, err)
			return err != errLast
		}))
		runs := 0
		_ = way.submit(p, background, func(context.Context) error {
			if runs++; runs == 3 {
				return errLast
			}
			return errFlaky
		})
		_ = p.Wait()
		if runs != 3 || len(asked) != 3 || asked[0] != errFlaky || asked[2] != errLast {
			t.Errorf("%d runs, asked for %v", runs, asked)
		}
	})
}

func TestRetryIfIsNotAskedInVain(t *testing.T) {
	var asked tally
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, 0),
		pool.WithRetryIf(func(error) bool { asked.n.Add(1); return true }))
	must(t, p.SubmitFunc(func(context.Context) error { return nil }))
	must(t, p.Submit(asTask(func(context.Context) error { return errFlaky }, pool.WithTaskRetry(0))))
	must(t, p.SubmitFunc(func(context.Context) error { panic("no") }))
	_ = p.Wait()
	asked.want(t, 0)
	must(t, p.SubmitFunc(func(context.Context) error { return errFlaky }))
	_ = p.Wait()
	asked.want(t, 2) // and not after the last run
}

func TestRetryPolicyIsAskedByTheGoroutineOfTheRun(t *testing.T) {
	each(t, ways(), func(t *testing.T, way submission) {
		var ran string
		p := startPool(t, pool.Config{Workers: 2}, pool.WithRetry(1, 0), pool.WithRetryIf(func(error) bool {
			if id := goid(); id != ran {
				t.Errorf("ran on %s, asked on %s", ran, id)
			}
			return true
		}))
		_ = way.submit(p, background, func(context.Context) error { ran = goid(); return errFlaky })
		_ = p.Wait()
	})
}

func TestRetryAfterReadsTheDelay(t *testing.T) {
	const s = time.Second
	answers := []struct {
		d  time.Duration
		ok bool
	}{{time.Hour, true}, {0, false}, {-s, true}, {0, true}, {7 * s, false}}
	n := 0
	after := pool.WithRetryAfter(func(err error) (time.Duration, bool) {
		if err != errFlaky {
			t.Error(err)
		}
		n++
		return answers[n-1].d, answers[n-1].ok
	})
	// Neither the longest delay nor jitter is for it.
	b := pool.WithBackoff(pool.Backoff{Factor: 2, Max: 10 * s, Jitter: 0})
	wantDelays(t, delays(t, pool.WithRetry(5, s), after, b), time.Hour, 2*s, 0, 0, 10*s)
	n = 0
	b = pool.WithBackoff(pool.Backoff{Factor: 2, Max: 10 * s, Jitter: 1})
	if got := delays(t, pool.WithRetry(1, s), after, b); got[0] != time.Hour {
		t.Errorf("with jitter: %v", got)
	}
}

func TestRetryAfterIsNotAskedIfRetryIfSaysNo(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(1, 0), pool.WithRetryIf(func(error) bool { return false }),
		pool.WithRetryAfter(func(error) (time.Duration, bool) { t.Error("asked"); return 0, true }))
	must(t, p.SubmitFunc(func(context.Context) error { return errFlaky }))
	wantErr(t, p.Wait(), errFlaky)
}

// Goal: what the policy's functions do wrong ends the retries of that task, is
// contained and counted, and costs no worker.
func TestRetryPolicyThatPanicsOrExits(t *testing.T) {
	for name, wrong := range map[string]func(){
		"panic":  func() { panic("in the policy") },
		"goexit": func() { _, _ = goexit() },
	} {
		for where, opt := range map[string]pool.Option{
			"retryIf": pool.WithRetryIf(func(error) bool { wrong(); return true }),
			"after":   pool.WithRetryAfter(func(error) (time.Duration, bool) { wrong(); return 0, true }),
		} {
			each(t, ways(), func(t *testing.T, way submission) {
				p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(5, 0), opt)
				task := flaky{fails: always}
				exits(func() { _ = way.submit(p, background, task.body) })
				_ = p.Wait()
				task.wantRuns(t, 1)
				if s := p.Stats(); s.ContainedPanics != 1 || s.FailedTasks < 1 {
					t.Errorf("%s in %s: %+v", name, where, s)
				}
				wantRetries(t, p, 0, 0)
				v, err := p.SubmitWait(background, pool.TaskFunc(func(context.Context) (any, error) { return "next", nil }))
				if v != "next" || err != nil {
					t.Error(v, err)
				}
			})
		}
	}
}

func TestRetryOfATaskWhoseErrorIsThePoolsOwn(t *testing.T) {
	for _, err := range []error{pool.ErrStopped, pool.ErrNotStarted, pool.ErrDropped, context.Canceled, context.DeadlineExceeded} {
		p := startPool(t, pool.Config{Workers: 1}, pool.WithRetry(2, 0))
		runs := 0
		_, got := p.SubmitWait(background, asTask(func(context.Context) error { runs++; return err }))
		wantRetryError(t, got, 3, err, nil)
	}
}
