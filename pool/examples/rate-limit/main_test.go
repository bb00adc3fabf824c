package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

var defaults = config{calls: 200, limit: 100, rate: 80, burst: 5, workers: 4}

// direct returns a client that calls h without a network, for use in a bubble.
func direct(h http.Handler) (client *http.Client, shutdown func(), err error) {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if err := r.Context().Err(); err != nil {
			return nil, err
		}
		return w.Result(), nil
	})}, func() {}, nil
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// Method: in a bubble a call takes no time, so only the rate counts.
func TestNoCallBelowTheLimitIsRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		began := time.Now()
		require.NoError(t, run(t.Context(), &out, defaults, direct))
		// The first five are a burst.
		took, want := time.Since(began), 195*time.Second/80
		assert.GreaterOrEqual(t, took, want)
		assert.LessOrEqual(t, took, want+time.Millisecond)
		for _, part := range []string{
			"as fast as possible\n  100 answered, 100 refused with 429\n",
			"most in any second: 200\n",
			"80 a second\n  200 answered, 0 refused with 429\n  took 2.438s: 82.1 a second\n  workers busy: 0% of the time\n  most in any second: 84\n",
		} {
			assert.Contains(t, out.String(), part)
		}
	})
}

func TestCallsAboveTheLimitAreRefused(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := defaults
		cfg.rate, cfg.burst = 150, 1
		client, _, _ := direct(&api{limit: cfg.limit})
		s, err := call(t.Context(), cfg, client, pool.WithRateLimit(cfg.rate), pool.WithRateBurst(cfg.burst))
		// Of 150 a second it accepts the first 100.
		assert.NoError(t, err)
		assert.Equal(t, int64(150), s.answered)
		assert.Equal(t, int64(50), s.refused)
	})
}

func TestAPIAcceptsItsLimitInAnySecond(t *testing.T) {
	a := &api{limit: 2}
	begin := time.Now()
	for _, request := range []struct {
		at    time.Duration
		taken bool
	}{
		{0, true},
		{600 * time.Millisecond, true},
		{900 * time.Millisecond, false},
		{time.Second - 1, false},
		{time.Second, true}, // the first is a second ago
		{1500 * time.Millisecond, false},
		{1600 * time.Millisecond, true},
	} {
		assert.Equal(t, request.taken, a.take(begin.Add(request.at)), "at %v", request.at)
	}
	assert.Equal(t, 5, a.peak()) // from 0.6 s to 1.5 s
}

func TestRunOnARealServer(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, config{calls: 30, limit: 1000, rate: 300, burst: 5, workers: 4}, loopback))
	assert.Equal(t, 2, strings.Count(out.String(), "30 answered, 0 refused"), "it says\n%s", out.String())
}

func TestRunReturnsErrors(t *testing.T) {
	cfg := defaults
	cfg.rate = 0
	assert.ErrorIs(t, run(t.Context(), new(bytes.Buffer), cfg, direct), pool.ErrInvalidConfig)
	noServer := errors.New("no server")
	assert.Same(t, noServer, run(t.Context(), new(bytes.Buffer), defaults, func(http.Handler) (*http.Client, func(), error) { return nil, nil, noServer }))
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		assert.Error(t, run(ctx, new(bytes.Buffer), defaults, direct))
		assert.Equal(t, time.Second, time.Since(began))
	})
}
