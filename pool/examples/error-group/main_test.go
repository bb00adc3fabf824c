package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

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

// fetched returns the results of fetchPage with this number of workers, and the
// parts that were requested. The caller runs in a bubble.
func fetched(t *testing.T, workers int, opts ...pool.GroupOption) (parts []part, asked []string, err error) {
	t.Helper()
	var mu sync.Mutex
	client, _, _ := direct(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		asked = append(asked, r.URL.Path)
		mu.Unlock()
		services().ServeHTTP(w, r)
	}))
	p := pool.New(pool.Config{Workers: workers})
	require.NoError(t, p.Start(t.Context()))
	parts, err = fetchPage(t.Context(), p, client, time.Second, opts...)
	assert.NoError(t, p.Stop(t.Context()))
	slices.Sort(asked)
	return parts, asked, err
}

func TestFirstErrorEndsTheGroup(t *testing.T) {
	for _, workers := range []int{2, 3, len(paths)} {
		synctest.Test(t, func(t *testing.T) {
			began := time.Now()
			parts, asked, err := fetched(t, workers)
			took := time.Since(began)
			assert.Zero(t, took, "it took %v, so it waited for what hangs", took)
			var failed, want []string
			for _, p := range parts {
				if p.asked {
					want = append(want, p.path)
				}
				if p.err != nil && p.err == err {
					failed = append(failed, p.path)
				}
				if p.path == "/stock" && p.asked && p.outcome() != "given up" {
					t.Errorf("%s: %s", p.path, p.outcome())
				}
			}
			slices.Sort(want)
			assert.Equal(t, want, asked, "the services were asked for %q, and members for %q ran", asked, want)
			if len(failed) != 1 || failed[0] != "/reviews" && failed[0] != "/offers" {
				t.Errorf("Wait returned %v, of %q", err, failed)
			}
		})
	}
}

// Method: one worker fetches the parts one by one.
func TestPartsAfterTheErrorAreNeverRequested(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		parts, asked, err := fetched(t, 1)
		if !slices.Equal(asked, []string{"/article", "/stock"}) || !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the services were asked for %q, Wait returned %v", asked, err)
		}
		for i, want := range []string{"900 bytes", "timed out", "never requested", "never requested", "never requested"} {
			assert.Equal(t, want, parts[i].outcome(), parts[i].path)
		}
	})
}

func TestWithAllErrorsEveryPartIsFetched(t *testing.T) {
	for _, workers := range []int{1, 2, len(paths)} {
		synctest.Test(t, func(t *testing.T) {
			parts, asked, err := fetched(t, workers, pool.WithAllErrors())
			assert.Equal(t, slices.Sorted(slices.Values(paths)), asked, "the services were asked for %q", asked)
			for i, want := range []string{"900 bytes", "timed out", "800 bytes", "failed", "1000 bytes", "failed", "600 bytes", "800 bytes"} {
				assert.Equal(t, want, parts[i].outcome(), parts[i].path)
			}
			errs := strings.Split(err.Error(), "\n")
			slices.Sort(errs)
			assert.Equal(t, []string{
				"/offers answers 502 Bad Gateway",
				"/reviews answers 500 Internal Server Error",
				`Get "http://services.test/stock": context deadline exceeded`,
			}, errs)
		})
	}
}

func TestRunOnARealServer(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, config{workers: 2, timeout: 200 * time.Millisecond}, loopback))
	first, all, ok := strings.Cut(out.String(), "With all errors:\n")
	assert.True(t, ok, "it says\n%s", out.String())
	assert.True(t, strings.HasPrefix(first, "The first error ends the group:\n"), "it says\n%s", out.String())
	assert.Equal(t, 1, errorsIn(first), "it says\n%s", out.String())
	assert.GreaterOrEqual(t, errorsIn(all), 3, "it says\n%s", out.String())
	for _, path := range paths {
		assert.Equal(t, 1, strings.Count(first, "  "+path), "it does not tell of %s twice:\n%s", path, out.String())
		assert.Equal(t, 1, strings.Count(all, "  "+path), "it does not tell of %s twice:\n%s", path, out.String())
	}
}

// errorsIn returns how many errors of requests there are in text.
func errorsIn(text string) int { return strings.Count(text, " answers ") + strings.Count(text, "Get ") }

func TestRunReturnsErrors(t *testing.T) {
	assert.ErrorIs(t, run(t.Context(), new(bytes.Buffer), config{workers: -1}, direct), pool.ErrInvalidConfig)
	noServer := errors.New("no server")
	assert.Same(t, noServer, run(t.Context(), new(bytes.Buffer), config{}, func(http.Handler) (*http.Client, func(), error) { return nil, nil, noServer }))
}

// Method: the context is that of one request and not the pool's.
func TestGroupEndsWithTheRequestForThePage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, _, _ := direct(services())
		p := pool.New(pool.Config{Workers: 1})
		require.NoError(t, p.Start(t.Context()))
		request, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		parts, err := fetchPage(request, p, client, time.Hour)
		if took := time.Since(began); took != time.Second || !errors.Is(err, context.DeadlineExceeded) || !parts[1].asked || parts[2].asked {
			t.Errorf("after %v Wait returned %v, of %v", took, err, parts)
		}
		assert.NoError(t, p.Stop(t.Context()))
	})
}

func TestRunEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		began := time.Now()
		// The first part takes forever.
		hangs := func(http.Handler) (*http.Client, func(), error) {
			return direct(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
		}
		err := run(ctx, new(bytes.Buffer), config{workers: 1, timeout: time.Hour}, hangs)
		assert.Error(t, err)
		assert.Equal(t, time.Second, time.Since(began))
	})
}
