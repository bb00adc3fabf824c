package pool_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// endless is an input that never ends. It counts how many were taken from it.
func endless(taken *atomic.Int64) iter.Seq[int] {
	return func(yield func(int) bool) {
		for i := 0; ; i++ {
			taken.Add(1)
			if !yield(i) {
				return
			}
		}
	}
}

func same(_ context.Context, v int) (int, error) { return v, nil }

func TestStreamGivesEachResultOnce(t *testing.T) {
	for _, workers := range []int{1, 2, 8} {
		p := startPool(t, pool.Config{Workers: workers, QueueSize: 1})
		for _, n := range []int{0, 1, 2, 15, 16, 17, 1000} {
			for _, opts := range [][]pool.StreamOption{
				nil,
				{pool.WithBuffer(1)},
				{pool.WithBuffer(2)},
				{pool.WithBuffer(1000)},
				{pool.WithAllErrors()},
				{pool.WithOrder()},
				{pool.WithOrder(), pool.WithBuffer(1)},
				{pool.WithOrder(), pool.WithBuffer(3)},
			} {
				var got []int
				stream := pool.Stream(background, p, slices.Values(numbers(n)), same, opts...)
				for v, err := range stream {
					require.NoError(t, err)
					got = append(got, v)
				}
				if ordered := len(opts) > 0 && fmt.Sprintf("%T", opts[0]) == fmt.Sprintf("%T", pool.WithOrder()) && slices.IsSorted(got); !ordered {
					slices.Sort(got)
				}
				if !slices.Equal(got, numbers(n)) {
					t.Fatalf("%d workers, %d elements: %v", workers, n, got)
				}
			}
		}
	}
}

func TestStreamInOrderIsInTheOrderOfTheInput(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 4})
	for _, buffer := range []int{1, 3, 16} {
		next := 0
		slow := func(_ context.Context, v int) (int, error) {
			for range (v * 7) % 5 {
				yield()
			}
			return v, nil
		}
		for v, err := range pool.Stream(background, p, slices.Values(numbers(500)), slow, pool.WithOrder(), pool.WithBuffer(buffer)) {
			require.NoError(t, err)
			require.Equal(t, next, v, "where %d should be", next)
			next++
		}
	}
}

// A result comes when it is ready, not when those before it are.
func TestStreamGivesResultsAsTheyCome(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 3})
		delay := func(_ context.Context, d int) (int, error) { time.Sleep(time.Duration(d) * time.Second); return d, nil }
		var got []int
		begun := time.Now()
		for d, err := range pool.Stream(background, p, slices.Values([]int{3, 1, 2}), delay) {
			require.NoError(t, err)
			took := time.Since(begun)
			assert.Equal(t, time.Duration(d)*time.Second, took, "the result of %d s came after %v", d, took)
			got = append(got, d)
		}
		assert.Equal(t, []int{1, 2, 3}, got)
	})
}

// Goal: at most as many elements are in progress as the buffer says, however slow the
// loop is, and the workers stay free.
func TestStreamOfASlowLoopIsBounded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 2})
		for _, buffer := range []int{1, 2, 7} {
			var taken atomic.Int64
			got := int64(0)
			for _, err := range pool.Stream(background, p, endless(&taken), same, pool.WithBuffer(buffer)) {
				require.NoError(t, err)
				synctest.Wait()
				got++
				// The feeder holds one more element, for which the buffer has no room.
				require.Equal(t, int64(buffer)+1, taken.Load()-got, "open elements with a buffer of %d", buffer)
				s := p.Stats()
				require.Zero(t, s.ActiveWorkers, s)
				require.Zero(t, s.QueuedTasks, s)
				if got == 100 {
					break
				}
			}
		}
	})
}

func TestStreamDefaultBuffer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for workers, buffer := range map[int]int64{1: 16, 4: 16, 10: 40} {
			p := startPool(t, pool.Config{Workers: workers})
			var taken atomic.Int64
			for range pool.Stream(background, p, endless(&taken), same) {
				synctest.Wait()
				assert.Equal(t, 1+buffer+1, taken.Load(), "%d workers: elements taken", workers)
				break
			}
		}
	})
}

func TestStreamWaitingForItsInputHoldsNoWorker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		slow := func(yield func(int) bool) {
			for i := range 5 {
				synctest.Wait()
				s := p.Stats()
				assert.Zero(t, s.ActiveWorkers, s)
				assert.Zero(t, s.QueuedTasks, s)
				assert.NoError(t, p.SubmitFunc(func(context.Context) error { return nil }))
				if !yield(i) {
					return
				}
			}
		}
		require.NoError(t, pool.ForEachSeq(background, p, slow, nothing))
	})
}

// Goal: a loop may be left at any time, also by a panic. Running calls see their
// context end and have ended, the input has ended, and nothing is left. Method: a
// bubble does not end while a goroutine is left.
func TestStreamMayBeLeft(t *testing.T) {
	for _, how := range []string{"break", "panic", "goexit"} {
		for _, opts := range [][]pool.StreamOption{nil, {pool.WithOrder()}, {pool.WithBuffer(1)}} {
			for _, nested := range []bool{false, true} {
				synctest.Test(t, func(t *testing.T) {
					p := startPool(t, pool.Config{Workers: 3})
					var taken, running atomic.Int64
					inputEnded := false
					in := func(yield func(int) bool) {
						defer func() { inputEnded = true }()
						endless(&taken)(yield)
					}
					leave := func(ctx context.Context) error {
						loop := goid()
						defer func() {
							if r := recover(); r != nil && r != "body" {
								t.Errorf("panic %v", r)
							}
							assert.Zero(t, running.Load(),
								"%d calls run, the input has ended: %v", running.Load(), inputEnded)
							assert.True(t, inputEnded,
								"%d calls run, the input has ended: %v", running.Load(), inputEnded)
						}()
						stream := pool.Stream(ctx, p, in, func(ctx context.Context, v int) (int, error) {
							running.Add(1)
							defer running.Add(-1)
							if v > 3 && goid() != loop {
								<-ctx.Done()
							}
							return v, nil
						}, opts...)
						for range stream {
							switch how {
							case "panic":
								panic("body")
							case "goexit":
								_, _ = goexit()
							}
							break
						}
						return nil
					}
					if nested {
						require.NoError(t, p.SubmitContext(background, asTask(leave)))
						_ = p.Wait()
					} else {
						exits(func() { assert.NoError(t, leave(background)) })
					}
					require.NoError(t, p.Stop(background))
				})
			}
		}
	}
}

func TestStreamErrorIsTheLastPair(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	bad := errors.New("bad")
	for _, opt := range []pool.StreamOption{nil, pool.WithOrder()} {
		for _, at := range []int{0, 1, 50} {
			var taken atomic.Int64
			var last error
			results := 0
			for v, err := range pool.Stream(background, p, endless(&taken), func(_ context.Context, v int) (int, error) {
				if v == at {
					return -1, bad
				}
				return v, nil
			}, opt) {
				require.NoError(t, last, "%d, %v after an error", v, err)
				if last = err; err != nil && v != 0 || err == nil && v == -1 {
					t.Errorf("value %d with %v", v, err)
				}
				results++
			}
			assert.Same(t, bad, last)
			if opt != nil && results != at+1 {
				t.Errorf("%d results before the error of element %d", results-1, at)
			}
		}
	}
}

func TestStreamWithAllErrorsContinues(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	i := 0
	for v, err := range pool.Stream(background, p, slices.Values(numbers(100)), func(_ context.Context, v int) (int, error) {
		if v%3 == 0 {
			return -1, fmt.Errorf("%d", v)
		}
		return v, nil
	}, pool.WithAllErrors(), pool.WithOrder()) {
		if i%3 == 0 && (err == nil || err.Error() != fmt.Sprint(i) || v != 0) || i%3 != 0 && (err != nil || v != i) {
			t.Errorf("%d, %v at index %d", v, err, i)
		}
		i++
	}
	assert.Equal(t, 100, i, "pairs")
}

// An input that panics or ends its goroutine ends the stream with that error, after the
// results of the elements before.
func TestStreamOfAnInputThatCrashes(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	for _, opts := range [][]pool.StreamOption{nil, {pool.WithAllErrors()}} {
		for _, goexits := range []bool{false, true} {
			crash := func(yield func(int) bool) {
				yield(1)
				if goexits {
					_, _ = goexit()
				}
				panic("input")
			}
			var errs []error
			for _, err := range pool.Stream(background, p, crash, same, opts...) {
				if err != nil {
					errs = append(errs, err)
				}
			}
			require.Len(t, errs, 1)
			if pe := new(pool.PanicError); goexits && !errors.Is(errs[0], pool.ErrGoexit) || !goexits && !errors.As(errs[0], &pe) {
				t.Errorf("error %v", errs[0])
			}
		}
	}
}

func TestStreamEndsWithTheContextWhileItWaitsForItsInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		check := func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, time.Second)
			defer cancel()
			stuck := func(yield func(int) bool) {
				if yield(1) && yield(2) {
					<-ctx.Done()
				}
			}
			var errs []error
			results := 0
			for _, err := range pool.Stream(ctx, p, stuck, same) {
				if err != nil {
					errs = append(errs, err)
				} else {
					results++
				}
			}
			assert.Equal(t, 2, results, "%d results, errors %v", results, errs)
			assert.LessOrEqual(t, len(errs), 1, "%d results, errors %v", results, errs)
			return nil
		}
		require.NoError(t, check(background))
		require.NoError(t, inside(t, p, check))
	})
}

func TestStreamMayBeRangedOverAgain(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 2})
	stream := pool.Stream(background, p, slices.Values(numbers(10)), same, pool.WithOrder())
	for range 3 {
		var got []int
		for v, err := range stream {
			require.NoError(t, err)
			got = append(got, v)
		}
		assert.Equal(t, numbers(10), got)
	}
}

func TestStreamWithoutInput(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	n := 0
	for _, err := range pool.Stream(background, p, nil, same) {
		assert.ErrorIs(t, err, pool.ErrNilTask)
		n++
	}
	assert.Equal(t, 1, n, "pairs")
	assert.ErrorIs(t, pool.ForEachSeq(background, p, nil, nothing), pool.ErrNilTask)
}

// A pipeline of streams works on one worker: each loop works itself, and none waits for
// another.
func TestStreamsMayFeedStreams(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1, QueueSize: 1})
	values := func(s iter.Seq2[int, error]) iter.Seq[int] {
		return func(yield func(int) bool) {
			for v, err := range s {
				assert.NoError(t, err)
				if !yield(v) {
					return
				}
			}
		}
	}
	pipe := func(ctx context.Context) error {
		in := slices.Values(numbers(200))
		for range 3 {
			in = values(pool.Stream(ctx, p, in, func(_ context.Context, v int) (int, error) { return v + 1, nil }, pool.WithOrder()))
		}
		if got := slices.Collect(in); len(got) != 200 || got[0] != 3 || got[199] != 202 {
			return fmt.Errorf("got %v", got)
		}
		return nil
	}
	require.NoError(t, pipe(background))
	require.NoError(t, inside(t, p, pipe))
}

// The buffer releases elements that it no longer needs.
func TestStreamQueueKeepsNothing(t *testing.T) {
	pool.CheckStreamQueue(t)
}
