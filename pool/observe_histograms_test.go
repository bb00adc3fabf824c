package pool_test

import (
	"context"
	"math"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/histogram"
)

// unobservedPool is startPool for a pool that only opts observe.
func unobservedPool(t *testing.T, cfg pool.Config, opts ...pool.Option) *pool.WorkerPool {
	t.Helper()
	p := pool.New(cfg, opts...)
	require.NoError(t, p.Start(background))
	t.Cleanup(func() { stopPool(t, p) })
	return p
}

// wantDurations checks that exactly these durations are in h.
func wantDurations(t *testing.T, h histogram.Histogram, durations []time.Duration) {
	t.Helper()
	var want histogram.Recorder
	for _, d := range durations {
		want.Record(d)
	}
	assert.Equal(t, slices.Collect(want.Histogram().Buckets()), slices.Collect(h.Buckets()))
}

// Goal: the histograms hold how long runs waited and took. The wait of a retry counts
// from when it was due, and an overdue run lasts until it returns.
func TestHistogramsHoldWaitsAndRuns(t *testing.T) {
	inBubble(t, pool.Config{Workers: 1}, []pool.Option{pool.WithHistograms(1)}, func(t *testing.T, p *pool.WorkerPool) {
		want := func(what string, h histogram.Histogram, durations ...time.Duration) {
			t.Helper()
			t.Log(what)
			wantDurations(t, h, durations)
		}
		want("at first", p.QueueWait())
		want("at first", p.RunTime())
		require.NoError(t, p.SubmitFunc(sleeping(time.Second)))
		require.NoError(t, p.Submit(asTask(sleeping(time.Minute))))
		require.NoError(t, p.Submit(asTask(sleeping(time.Hour), pool.WithTaskCallback(func(pool.Result) {}))))
		require.NoError(t, p.Wait())
		waits, runs := p.QueueWait(), p.RunTime()
		want("waits", waits, 0, time.Second, time.Minute+time.Second)
		want("runs", runs, time.Second, time.Minute, time.Hour)

		fails := func(context.Context) error { time.Sleep(time.Second); return errOfTest }
		require.NoError(t, p.Submit(asTask(fails, pool.WithTaskRetry(1))))
		require.NoError(t, p.Submit(asTask(sleeping(time.Minute), pool.WithTaskTimeout(time.Second))))
		require.NoError(t, p.Submit(asTask(func(context.Context) error { time.Sleep(3 * time.Second); panic("odd") })))
		_ = p.Wait()
		time.Sleep(time.Hour)
		// The retry is due 100 ms after the first second and waits for the others.
		want("later waits", p.QueueWait().Since(waits), 0, time.Second, 61*time.Second, 62900*time.Millisecond)
		want("later runs", p.RunTime().Since(runs), time.Second, time.Second, time.Minute, 3*time.Second)
	})
}

// Goal: without the option the histograms are empty.
func TestHistogramsAreAnOption(t *testing.T) {
	p := unobservedPool(t, pool.Config{})
	require.NoError(t, p.SubmitFunc(noop))
	require.NoError(t, p.Wait())
	assert.Zero(t, p.QueueWait().Count(), "a pool without the option has histograms")
	assert.Zero(t, p.RunTime().Count(), "a pool without the option has histograms")
}

// Goal: one in n tasks is timed, however it is submitted, whether it needs a record
// anyway or not.
func TestHistogramsSampleAllWaysAlike(t *testing.T) {
	const every = 8
	// A count is off by 8 standard deviations by chance once in 10^15 runs.
	n := rounds(8000)
	allowed := 8 * math.Sqrt(float64(n)/every)
	ways := append([]submission{
		{"TrySubmit", false, func(p *pool.WorkerPool, _ context.Context, body doing) error { return p.TrySubmit(asTask(body)) }},
		{"TaskFunc", false, func(p *pool.WorkerPool, _ context.Context, body doing) error { return p.Submit(taskOf(func() {})) }},
		{"Nested", true, func(p *pool.WorkerPool, _ context.Context, body doing) error {
			_, err := p.SubmitWait(background, taskOf(func() {}))
			return err
		}},
	}, submissions...)
	each(t, ways, func(t *testing.T, sub submission) {
		p := unobservedPool(t, pool.Config{Workers: 2}, pool.WithHistograms(every))
		for range n {
			require.NoError(t, sub.submit(p, background, noop))
		}
		require.NoError(t, p.Wait())
		for what, h := range map[string]histogram.Histogram{"wait": p.QueueWait(), "run": p.RunTime()} {
			got := float64(h.Count())
			assert.LessOrEqual(t, math.Abs(got-float64(n)/every), allowed,
				"the %s of %.0f in %d tasks was timed, want 1 in %d", what, got, n, every)
		}
	})
}

// Goal: the tasks of a batch are timed like those submitted alone, with a record and
// without, also at full queues. None is lost or runs twice.
func TestHistogramsSampleBatches(t *testing.T) {
	const every = 8
	for _, policy := range []pool.Overflow{pool.Block, pool.CallerRuns} {
		p := unobservedPool(t, pool.Config{Workers: 2, QueueSize: 100}, pool.WithHistograms(every), pool.WithOverflow(policy))
		var ran tally
		batch := make([]pool.Task, 500)
		for i := range batch {
			batch[i] = asTask(ran.body)
			if i%2 == 0 {
				batch[i] = asTask(ran.body, pool.WithTaskCallback(func(pool.Result) {}))
			}
		}
		times := rounds(50)
		for range times {
			n, err := p.SubmitBatch(batch)
			require.NoError(t, err)
			require.Equal(t, len(batch), n)
		}
		require.NoError(t, p.Wait())
		n := times * len(batch)
		ran.want(t, int64(n))
		got := float64(p.RunTime().Count())
		assert.LessOrEqual(t, math.Abs(got-float64(n)/every), 8*math.Sqrt(float64(n)/every),
			"policy %d: %.0f of %d tasks were timed, want 1 in %d", policy, got, n, every)
	}
}

// Goal: one in n values of a FuncPool is timed, also at full queues.
func TestHistogramsSampleValues(t *testing.T) {
	const every = 8
	n := rounds(8000)
	for _, policy := range []pool.Overflow{pool.Block, pool.CallerRuns} {
		eachFunc(t, func(t *testing.T, sub funcSubmission) {
			var ran tally
			p := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 1}, func(ctx context.Context, _ big) error { return ran.body(ctx) },
				pool.WithHistograms(every), pool.WithOverflow(policy))
			require.NoError(t, p.Start(background))
			for range n {
				require.NoError(t, sub.submit(p, background, big{}))
			}
			require.NoError(t, p.Stop(background))
			ran.want(t, int64(n))
			for what, h := range map[string]histogram.Histogram{"wait": p.QueueWait(), "run": p.RunTime()} {
				got := float64(h.Count())
				assert.LessOrEqual(t, math.Abs(got-float64(n)/every), 8*math.Sqrt(float64(n)/every),
					"the %s of %.0f in %d calls was timed, want 1 in %d", what, got, n, every)
			}
		})
	}
}

// Goal: a task that is not sampled allocates nothing.
func TestHistogramsLeaveUnsampledTasksAlone(t *testing.T) {
	p := unobservedPool(t, pool.Config{Workers: 1, QueueSize: 10}, pool.WithHistograms(math.MaxInt))
	for name, submit := range map[string]func() error{
		"SubmitFunc": func() error { return p.SubmitFunc(noop) },
		"Submit":     func() error { return p.Submit(emptyTask) },
		"TrySubmit":  func() error { _ = p.TrySubmit(emptyTask); return nil },
	} {
		n := testing.AllocsPerRun(500, func() { require.NoError(t, submit()) })
		assert.Zero(t, n, "%s allocates %v times", name, n)
	}
	values := pool.NewFunc(pool.Config{Workers: 1, QueueSize: 10}, func(context.Context, int) error { return nil }, pool.WithHistograms(math.MaxInt))
	require.NoError(t, values.Start(background))
	n := testing.AllocsPerRun(500, func() { require.NoError(t, values.Submit(1)) })
	assert.Zero(t, n, "Submit of a value allocates %v times", n)
	require.NoError(t, values.Stop(background))
	assert.LessOrEqual(t, p.RunTime().Count(), int64(1), "tasks of few were drawn, by a chance of 2^-31 each")
}

// Goal: 0 means 64.
func TestHistogramsSampleOneIn64ByDefault(t *testing.T) {
	p := unobservedPool(t, pool.Config{Workers: 2}, pool.WithHistograms(0))
	n := rounds(64_000)
	fill(t, p, n)
	require.NoError(t, p.Wait())
	want := float64(n) / 64
	got := float64(p.QueueWait().Count())
	assert.LessOrEqual(t, math.Abs(got-want), 8*math.Sqrt(want),
		"%.0f of %d tasks were timed, want %.0f", got, n, want)
}

// Goal: the time a submitter waits for room counts as a wait of its task.
func TestQueueWaitBeginsWithTheCall(t *testing.T) {
	opts := []pool.Option{pool.WithHistograms(1)}
	inBubble(t, pool.Config{Workers: 1, QueueSize: 1}, opts, func(t *testing.T, p *pool.WorkerPool) {
		require.NoError(t, p.SubmitFunc(sleeping(time.Second)))
		synctest.Wait()
		require.NoError(t, p.SubmitFunc(noop))
		require.NoError(t, p.SubmitFunc(noop)) // waits a second for room
		require.NoError(t, p.Wait())
		wantDurations(t, p.QueueWait(), []time.Duration{0, time.Second, time.Second})
	})
}
