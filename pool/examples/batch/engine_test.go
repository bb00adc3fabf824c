package main

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// eachEngine calls f with each engine.
func eachEngine(t *testing.T, workers, queue int, f func(t *testing.T, e engine)) {
	for _, name := range engineNames {
		t.Run(name, func(t *testing.T) {
			e, err := newEngine(name, workers, queue)
			require.NoError(t, err)
			f(t, e)
		})
	}
}

// An account holds the jobs that a batch reported as done.
type account struct {
	mu   sync.Mutex
	jobs []int
	errs map[int]error
	sums map[int]digest
}

func newAccount() *account {
	return &account{errs: make(map[int]error), sums: make(map[int]digest)}
}

func (a *account) done(i int, d digest, err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.jobs = append(a.jobs, i)
	if err != nil {
		a.errs[i] = err
	} else {
		a.sums[i] = d
	}
}

func TestEngineDoesEveryJobOnce(t *testing.T) {
	odd := errors.New("odd")
	for _, size := range []struct{ n, workers, queue int }{{0, 1, 1}, {1, 1, 1}, {1, 8, 8}, {1000, 1, 1}, {1000, 4, 3}, {1000, 64, 5000}} {
		eachEngine(t, size.workers, size.queue, func(t *testing.T, e engine) {
			got := newAccount()
			var running, most atomic.Int64
			_, err := e.run(t.Context(), batch{
				n:    size.n,
				name: strconv.Itoa,
				job: func(_ context.Context, i int) (digest, error) {
					raise(&most, running.Add(1))
					defer running.Add(-1)
					if i%2 == 1 {
						return digest{}, odd
					}
					return digest{byte(i)}, nil
				},
				done: got.done,
			})
			require.NoError(t, err)
			assert.LessOrEqual(t, most.Load(), int64(size.workers), "jobs at a time, on %d workers", size.workers)
			slices.Sort(got.jobs)
			for i := range size.n {
				if i >= len(got.jobs) || got.jobs[i] != i {
					t.Fatalf("%+v: job %d is missing or was done twice", size, i)
				}
				if i%2 == 1 && got.errs[i] != odd || i%2 == 0 && got.sums[i] != (digest{byte(i)}) {
					t.Fatalf("job %d: %v, %v", i, got.sums[i], got.errs[i])
				}
			}
			assert.Len(t, got.jobs, size.n, "done")
		})
	}
}

func raise(most *atomic.Int64, n int64) {
	for old := most.Load(); n > old && !most.CompareAndSwap(old, n); old = most.Load() {
	}
}

// Method: one job for each worker, and all of them wait for each other.
func TestEngineUsesAllWorkers(t *testing.T) {
	const workers = 5
	eachEngine(t, workers, 1, func(t *testing.T, e engine) {
		var together sync.WaitGroup
		together.Add(workers)
		_, err := e.run(t.Context(), batch{
			n:    workers,
			name: strconv.Itoa,
			job: func(context.Context, int) (digest, error) {
				together.Done()
				together.Wait()
				return digest{}, nil
			},
			done: func(int, digest, error) {},
		})
		require.NoError(t, err)
	})
}

// Goal: an engine that is cancelled at half a second does exactly these jobs. Each
// takes a second, on two workers with four slots in the queue.
// Method: in a bubble time passes only while all goroutines wait.
func TestEngineCancelled(t *testing.T) {
	for _, test := range []struct {
		name  string
		grace time.Duration
		done  map[string]int
		took  map[string]time.Duration
	}{
		{
			"the grace is long enough for the queue", time.Hour,
			map[string]int{"pool": 6, "channel": 6, "goroutines": 2},
			map[string]time.Duration{"pool": 3 * time.Second, "channel": 3 * time.Second, "goroutines": time.Second},
		},
		{
			"the grace cuts the second round", 1200 * time.Millisecond,
			map[string]int{"pool": 2, "channel": 2, "goroutines": 2},
			map[string]time.Duration{"pool": 1700 * time.Millisecond, "channel": 1700 * time.Millisecond, "goroutines": time.Second},
		},
		{
			"there is no grace", 0,
			map[string]int{},
			map[string]time.Duration{"pool": 500 * time.Millisecond, "channel": 500 * time.Millisecond, "goroutines": 500 * time.Millisecond},
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range engineNames {
				t.Run(name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						e, err := newEngine(name, 2, 4)
						require.NoError(t, err)
						ctx, cancel := context.WithCancel(t.Context())
						defer cancel()
						time.AfterFunc(500*time.Millisecond, cancel)
						got := newAccount()
						var running atomic.Int64
						began := time.Now()
						_, err = e.run(ctx, batch{
							n:     100,
							name:  strconv.Itoa,
							grace: test.grace,
							job: func(ctx context.Context, _ int) (digest, error) {
								running.Add(1)
								defer running.Add(-1)
								select {
								case <-time.After(time.Second):
									return digest{}, nil
								case <-ctx.Done():
									return digest{}, errCut
								}
							},
							done: got.done,
						})
						require.NoError(t, err)
						took := time.Since(began)
						assert.Equal(t, test.took[name], took)
						assert.Len(t, got.jobs, test.done[name])
						assert.Zero(t, running.Load(), "still running")
					})
				})
			}
		})
	}
}

func TestEngineCancelledBeforeItStarts(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	eachEngine(t, 2, 2, func(t *testing.T, e engine) {
		got := newAccount()
		_, err := e.run(ctx, batch{
			n:    10,
			name: strconv.Itoa,
			job:  func(context.Context, int) (digest, error) { return digest{}, nil },
			done: got.done,
		})
		require.NoError(t, err)
		assert.Empty(t, got.jobs, "jobs were done")
	})
}

// Method: the jobs take a second and ignore their context. The batch is cancelled
// without grace at half a second.
func TestPoolEngineReportsWhatStopGaveUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		time.AfterFunc(500*time.Millisecond, cancel)
		got := newAccount()
		note, err := poolEngine{2, 4}.run(ctx, batch{
			n:    100,
			name: strconv.Itoa,
			job: func(context.Context, int) (digest, error) {
				time.Sleep(time.Second)
				return digest{}, nil
			},
			done: got.done,
		})
		require.NoError(t, err)
		assert.Len(t, got.jobs, 2)
		for _, part := range []string{"4 tasks (", ") never ran", "2 tasks (", ") still running", "6 submitted, 2 completed, 0 failed, 4 never run"} {
			assert.Contains(t, note, part)
		}
	})
}

func TestPoolEngineReportsAPanicAsAnErrorOfItsJob(t *testing.T) {
	got := newAccount()
	_, err := poolEngine{2, 2}.run(t.Context(), batch{
		n:    3,
		name: strconv.Itoa,
		job: func(_ context.Context, i int) (digest, error) {
			if i == 1 {
				panic("out of order")
			}
			return digest{}, nil
		},
		done: got.done,
	})
	require.NoError(t, err)
	if len(got.jobs) != 3 || len(got.errs) != 1 || !strings.Contains(got.errs[1].Error(), "out of order") {
		t.Errorf("done are %v, with errors %v", got.jobs, got.errs)
	}
}
