package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

var defaults = config{workers: 1, retries: 3, delay: 50 * time.Millisecond, timeout: 200 * time.Millisecond}

// direct returns a client that calls h without a network, for use in a bubble.
func direct(h http.Handler) (client *http.Client, shutdown func(), err error) {
	return &http.Client{Transport: roundTripper(func(r *http.Request) (resp *http.Response, err error) {
		defer func() {
			if v := recover(); v == http.ErrAbortHandler {
				err = io.ErrUnexpectedEOF
			} else if v != nil {
				panic(v)
			}
		}()
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

func TestRunReportsTheRunsOfEachDocument(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		require.NoError(t, run(t.Context(), &out, defaults, direct))
		for _, line := range []string{
			`/fine +answers +1 +"content of /fine"`,
			`/busy .* 2 +"content of /busy"`,
			`/cut .* 3 +"content of /cut"`,
			`/hung .* 2 +"content of /hung"`,
			`/shaky .* 6 +"content of /shaky"`,
			`/down .* 4 +pool: ran 4 times: 503 Service Unavailable`,
			`/missing .* 1 +404 Not Found`,
			`12 retries in [0-9.]+m?s, up to [456] of them waiting at a time; workers: 1, busy for 200ms in all`,
			`100 tasks, the server is down, without a budget: 400 requests, 0 retries refused`,
			`100 tasks, the server is down, with a budget: 1(1\d|20) requests, 100 retries refused`,
		} {
			assert.True(t, regexp.MustCompile(`(?m)^`+line+`$`).Match(out.Bytes()),
				"there is no line %s in\n%s", line, out.String())
		}
	})
}

func TestNoDocumentIsRetriedBeforeItsDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		asked := map[string][]time.Time{}
		server := newServer(documents)
		client, _, _ := direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked[r.URL.Path] = append(asked[r.URL.Path], time.Now())
			mu.Unlock()
			server.ServeHTTP(w, r)
		}))
		require.NoError(t, fetchAll(t.Context(), new(bytes.Buffer), defaults, client))
		if at := asked["/busy"]; len(at) != 2 || at[1].Sub(at[0]) != time.Second {
			t.Errorf("/busy was asked for at %v, and said Retry-After: 1", at)
		}
		for _, path := range []string{"/cut", "/shaky", "/down"} {
			least := defaults.delay / 2 // jitter removes at most half
			for i, at := range asked[path][1:] {
				since := at.Sub(asked[path][i])
				assert.GreaterOrEqual(t, since, least, "retry %d of %s came after %v", i+1, path, since)
				least *= 2
			}
		}
	})
}

func TestRunOnARealServer(t *testing.T) {
	cfg := defaults
	cfg.workers, cfg.timeout = 2, time.Second // for a busy machine
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, cfg, loopback))
	for _, part := range []string{
		`"content of /fine"`, `"content of /busy"`, `"content of /cut"`, `"content of /hung"`, `"content of /shaky"`,
		"times: 503 Service Unavailable", "404 Not Found", "with a budget",
	} {
		assert.Contains(t, out.String(), part)
	}
}

func TestOnlyTransientErrorsAreRetried(t *testing.T) {
	for code, want := range map[int]bool{400: false, 404: false, 429: true, 500: false, 501: false, 502: true, 503: true, 504: true} {
		assert.Equal(t, want, transient(&statusError{code: code}), "status %d", code)
	}
	assert.True(t, transient(io.ErrUnexpectedEOF), "no answer is not tried again")
	assert.True(t, transient(context.DeadlineExceeded), "no answer is not tried again")
}

func TestRunReturnsErrors(t *testing.T) {
	cfg := defaults
	cfg.retries = -1
	assert.ErrorIs(t, run(t.Context(), new(bytes.Buffer), cfg, direct), pool.ErrInvalidConfig)
	noServer := errors.New("no server")
	assert.Same(t, noServer, run(t.Context(), new(bytes.Buffer), defaults, func(http.Handler) (*http.Client, func(), error) { return nil, nil, noServer }))
}

// Method: the request that hangs has no timeout, and is running when the context
// ends.
func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		cfg := defaults
		cfg.timeout = 0
		err := run(ctx, new(bytes.Buffer), cfg, direct)
		assert.Error(t, err)
		assert.Error(t, ctx.Err())
	})
}
