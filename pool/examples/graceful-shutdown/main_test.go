package main

import (
	"bytes"
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/pool"
)

// steady is work that takes a second and ignores its context.
func steady(context.Context, int) (int, error) {
	time.Sleep(time.Second)
	return 1, nil
}

// Goal: the report is exact after a shutdown at half a second, when ten blocks of a
// second run and a hundred wait.
// Method: in a bubble time passes only while all goroutines wait.
func TestRunReportsLostBlocks(t *testing.T) {
	for _, test := range []struct {
		name              string
		grace             time.Duration
		took              time.Duration
		neverRun, running int
		out               []string
	}{
		{"time for all", time.Minute, 11 * time.Second, 0, 0, []string{"accepted: 110, done: 110, primes found: 110\n"}},
		{"time for none", 0, 500 * time.Millisecond, 100, 10, []string{"accepted: 110, done: 0,", "never run:     100 tasks (block ", "still running: 10 tasks (block "}},
		{"time for some", 5 * time.Second, 5500 * time.Millisecond, 50, 10, []string{"accepted: 110, done: 50, primes found: 50\n", "never run:     50 tasks", "still running: 10 tasks"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
				var out bytes.Buffer
				began := time.Now()
				var lost *pool.StopError
				err := run(ctx, &out, test.grace, steady)
				took := time.Since(began)
				assert.Equal(t, test.took, took)
				if test.neverRun == 0 {
					assert.NoError(t, err)
				} else if !errors.As(err, &lost) || lost.NeverRun.Count != test.neverRun || lost.Running.Count != test.running || len(lost.Running.IDs) != test.running {
					t.Errorf("error is %v", err)
				}
				for _, part := range test.out {
					assert.Contains(t, out.String(), part)
				}
				time.Sleep(time.Second) // the blocks given up must end before the bubble does
			})
		})
	}
}

// Method: the bubble ends only after every goroutine in it.
func TestRunEndsWorkThatChecksItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		// Stop may or may not find the blocks running.
		_ = run(ctx, new(bytes.Buffer), 0, func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
	})
}

func TestCountPrimes(t *testing.T) {
	// There are 12251 primes below 2^17 and 23000 below 2^18.
	for block, want := range []int{12251, 23000 - 12251} {
		got, err := countPrimes(t.Context(), block)
		assert.NoError(t, err, "block %d", block)
		assert.Equal(t, want, got, "block %d", block)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	got, err := countPrimes(ctx, 5)
	assert.ErrorIs(t, err, context.Canceled, "given up")
	assert.Zero(t, got, "given up")
}
