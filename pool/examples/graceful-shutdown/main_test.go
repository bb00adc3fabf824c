package main

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/pool"
)

// steady is work that takes a second whatever its context says.
func steady(context.Context, int) (int, error) {
	time.Sleep(time.Second)
	return 1, nil
}

// Goal: what is told after a shutdown at half a second, when ten blocks of a
// second run and a hundred wait.
// Method: in a bubble time passes only while all wait, so each number is exact.
func TestRunTellsWhatShutdownLost(t *testing.T) {
	for _, test := range []struct {
		name              string
		grace             time.Duration
		took              time.Duration
		neverRun, running int
		out               []string
	}{
		{"time for all", time.Minute, 11 * time.Second, 0, 0, []string{"taken: 110, done: 110, primes found: 110\n"}},
		{"time for none", 0, 500 * time.Millisecond, 100, 10, []string{"taken: 110, done: 0,", "never run:     100 tasks (block ", "still running: 10 tasks (block "}},
		{"time for some", 5 * time.Second, 5500 * time.Millisecond, 50, 10, []string{"taken: 110, done: 50, primes found: 50\n", "never run:     50 tasks", "still running: 10 tasks"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
				defer cancel()
				var out bytes.Buffer
				began := time.Now()
				var lost *pool.StopError
				err := run(ctx, &out, test.grace, steady)
				if took := time.Since(began); took != test.took {
					t.Errorf("took %v, want %v", took, test.took)
				}
				if test.neverRun == 0 {
					if err != nil {
						t.Errorf("error is %v", err)
					}
				} else if !errors.As(err, &lost) || lost.NeverRun.Count != test.neverRun || lost.Running.Count != test.running || len(lost.Running.IDs) != test.running {
					t.Errorf("error is %v", err)
				}
				for _, part := range test.out {
					if !strings.Contains(out.String(), part) {
						t.Errorf("it does not say %q:\n%s", part, out.String())
					}
				}
				time.Sleep(time.Second) // for the blocks that were given up: all must have ended with the bubble
			})
		})
	}
}

// Method: the bubble ends only once every goroutine in it has.
func TestRunEndsWorkThatLooksAtItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		// Whether Stop still finds the blocks running is a matter of luck.
		_ = run(ctx, new(bytes.Buffer), 0, func(ctx context.Context, _ int) (int, error) {
			<-ctx.Done()
			return 0, ctx.Err()
		})
	})
}

func TestCountPrimes(t *testing.T) {
	// There are 12251 primes below 2^17 and 23000 below 2^18.
	for block, want := range []int{12251, 23000 - 12251} {
		if got, err := countPrimes(t.Context(), block); got != want || err != nil {
			t.Errorf("block %d has %d, %v; want %d", block, got, err, want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if got, err := countPrimes(ctx, 5); got != 0 || !errors.Is(err, context.Canceled) {
		t.Errorf("given up, it returned %d, %v", got, err)
	}
}
