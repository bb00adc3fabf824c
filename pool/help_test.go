package pool_test

import (
	"context"
	"errors"
	"testing"

	"github.com/user/millrace/internal/invariant"
)

// Helpers that know nothing of pools.

var background = context.Background()

// rounds cuts a count for slow runs: under -short, and with invariants checked,
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

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// wantErr checks that err is all of the targets; with none, that it is nil.
func wantErr(t testing.TB, err error, targets ...error) {
	t.Helper()
	if len(targets) == 0 && err != nil {
		t.Errorf("error %v, want none", err)
	}
	for _, target := range targets {
		if !errors.Is(err, target) {
			t.Errorf("error %v, want one that is %q", err, target)
		}
	}
}

// async calls f in a goroutine of its own, and sends what it returns.
func async[T any](f func() T) <-chan T {
	c := make(chan T, 1)
	go func() { c <- f() }()
	return c
}

// endedContext is a context that has ended.
func endedContext() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}
