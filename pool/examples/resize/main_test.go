package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// Checks of the queue and ends of requests never coincide.
var defaults = config{min: 5, max: 18, step: 5, backlog: 100, every: 51 * time.Millisecond, bursts: 2, burst: 300, latency: 20 * time.Millisecond}

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

// Method: in a bubble requests take exactly their time, so the timeline is always
// the same. The bubble ends only if the monitor does.
func TestWorkersComeAndGoWithTheBacklog(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, run(context.Background(), &out, defaults, direct))
		const want = `2 bursts of 300 requests that take 20ms each

with 5 workers: 2.4s

with 5 workers, and up to 18 while more than 100 requests wait:
    51ms  285 wait  ##### → 10 workers
   102ms  255 wait  ########## → 15 workers
   153ms  215 wait  ############### → 18 workers
   204ms  166 wait  ##################
   255ms  122 wait  ##################
   306ms   76 wait  ##################
   357ms   32 wait  ##################
   408ms    0 wait  ####..............
   459ms    0 wait  .................. → 5 workers
   510ms  285 wait  ##### → 10 workers
   561ms  255 wait  ########## → 15 workers
   612ms  215 wait  ############### → 18 workers
   663ms  166 wait  ##################
   714ms  122 wait  ##################
   765ms   76 wait  ##################
   816ms   32 wait  ##################
   867ms    0 wait  ####..............
   918ms    0 wait  .................. → 5 workers
822ms
`
		assert.Equal(t, want, out.String())
	})
}

func TestNoWorkersAreAddedForAShortQueue(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := defaults
		cfg.burst = 115 // of which 100 wait at the first check
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), &out, cfg, direct))
		assert.Contains(t, out.String(), " 100 wait  #####\n")
		assert.NotContains(t, out.String(), "→")
	})
}

func TestLineShowsWorkersAndTheirChange(t *testing.T) {
	for _, test := range []struct {
		stats pool.Stats
		size  int
		want  string
	}{
		{pool.Stats{QueuedTasks: 1234, Workers: 5, ActiveWorkers: 5}, 10, "   1.5s 1234 wait  ##### → 10 workers"},
		{pool.Stats{QueuedTasks: 0, Workers: 5, ActiveWorkers: 2}, 5, "   1.5s    0 wait  ##..."},
		{pool.Stats{QueuedTasks: 0, Workers: 3, ActiveWorkers: 7}, 3, "   1.5s    0 wait  ###"}, // just after Resize
	} {
		assert.Equal(t, " "+test.want, line(1500*time.Millisecond, test.stats, test.size))
	}
}

func TestRunOnARealServer(t *testing.T) {
	var out bytes.Buffer
	cfg := config{min: 1, max: 3, step: 1, backlog: 5, every: time.Millisecond, bursts: 2, burst: 50, latency: time.Millisecond}
	require.NoError(t, run(t.Context(), &out, cfg, loopback))
	assert.Contains(t, out.String(), "with 1 workers: ")
	assert.Contains(t, out.String(), "up to 3 while more than 5")
}

func TestRunReturnsErrors(t *testing.T) {
	cfg := defaults
	cfg.min = -1
	assert.ErrorIs(t, run(t.Context(), new(bytes.Buffer), cfg, direct), pool.ErrInvalidConfig)
	noServer := errors.New("no server")
	assert.Same(t, noServer, run(t.Context(), new(bytes.Buffer), defaults, func(http.Handler) (*http.Client, func(), error) { return nil, nil, noServer }))
}

// Method: the bubble ends only after every goroutine in it, the monitor too.
func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, after := range []time.Duration{time.Second, 2500 * time.Millisecond} { // without and with the monitor
			ctx, cancel := context.WithTimeout(t.Context(), after)
			began := time.Now()
			assert.Error(t, run(ctx, new(bytes.Buffer), defaults, direct))
			assert.Equal(t, after, time.Since(began))
			cancel()
		}
	})
}
