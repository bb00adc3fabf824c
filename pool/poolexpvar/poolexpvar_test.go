package poolexpvar_test

import (
	"context"
	"encoding/json"
	"expvar"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/poolexpvar"
)

// A fixed is a Source of constant statistics.
type fixed struct{ stats pool.Stats }

func (f *fixed) Stats() pool.Stats { return f.stats }

// unique returns a name that no other test uses, and no other run of this test:
// package expvar never removes one.
func unique(t *testing.T) string { return fmt.Sprint(t.Name(), " ", used.Add(1)) }

var used atomic.Int64

// decode returns the fields of a variable.
func decode(t *testing.T, v expvar.Var) map[string]any {
	t.Helper()
	var fields map[string]any
	if err := json.Unmarshal([]byte(v.String()), &fields); err != nil {
		t.Fatalf("%v in %s", err, v)
	}
	return fields
}

// Goal: each field of Stats is shown, under its name, with its value.
func TestEveryFieldOfStatsIsShown(t *testing.T) {
	source := new(fixed)
	stats := reflect.ValueOf(&source.stats).Elem()
	for i := range stats.NumField() {
		stats.Field(i).SetInt(int64(100 + i))
	}
	fields := decode(t, poolexpvar.Var(source))
	for i := range stats.NumField() {
		name := stats.Type().Field(i).Name
		assert.Equal(t, float64(100+i), fields[name], name)
	}
	if len(fields) != stats.NumField() {
		t.Errorf("shown are %d fields, Stats has %d", len(fields), stats.NumField())
	}
}

// startPool returns a started pool that is stopped at the end.
func startPool(t *testing.T, opts ...pool.Option) *pool.WorkerPool {
	t.Helper()
	p := pool.New(pool.Config{Workers: 2}, opts...)
	require.NoError(t, p.Start(context.Background()))
	t.Cleanup(func() {
		assert.NoError(t, p.Stop(context.Background()))
	})
	return p
}

func runTasks(t *testing.T, p *pool.WorkerPool, n int) {
	t.Helper()
	for range n {
		require.NoError(t, p.SubmitFunc(func(context.Context) error { return nil }))
	}
	require.NoError(t, p.Wait())
}

// Goal: the handler shows the current counts of the pool, and its histograms if they
// are not empty.
func TestHandlerShowsAPool(t *testing.T) {
	name := unique(t)
	p := startPool(t, pool.WithHistograms(1))
	require.NoError(t, poolexpvar.Publish(name, p))
	shown := func() map[string]any {
		t.Helper()
		answer := httptest.NewRecorder()
		expvar.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/debug/vars", nil))
		var vars map[string]json.RawMessage
		require.NoError(t, json.Unmarshal(answer.Body.Bytes(), &vars))
		var fields map[string]any
		require.NoError(t, json.Unmarshal(vars[name], &fields), "in %s", vars[name])
		return fields
	}
	before := shown()
	if before["CompletedTasks"] != 0.0 || before["QueueWait"] != nil || before["RunTime"] != nil {
		t.Errorf("before the first task %v is shown", before)
	}
	runTasks(t, p, 5)
	after := shown()
	if assert.Equal(t, 5.0, after["CompletedTasks"], "after 5 tasks %v is shown", after) {
		assert.Equal(t, 2.0, after["Workers"], "after 5 tasks %v is shown", after)
	}
	for _, histogram := range []string{"QueueWait", "RunTime"} {
		h, _ := after[histogram].(map[string]any)
		quantiles := []float64{}
		for _, field := range []string{"P50", "P90", "P99", "Max"} {
			q, ok := h[field].(float64)
			assert.True(t, ok, "%s shows no %s: %v", histogram, field, h)
			quantiles = append(quantiles, q)
		}
		if assert.Equal(t, 5.0, h["Count"], histogram) {
			assert.NotNil(t, h["Mean"], histogram)
			assert.Len(t, h, 6, histogram)
			assert.True(t, slices.IsSorted(quantiles), histogram)
		}
	}
}

func TestSourceWithoutHistogramsShowsNone(t *testing.T) {
	s := poolexpvar.Var(&fixed{}).String()
	assert.NotContains(t, s, "QueueWait")
	assert.NotContains(t, s, "RunTime")
}

// Goal: a name in use is an error, not a panic, whether this package or another one
// uses it.
func TestNameInUseIsAnError(t *testing.T) {
	name, other := unique(t), unique(t)
	require.NoError(t, poolexpvar.Publish(name, &fixed{pool.Stats{Workers: 1}}))
	expvar.NewInt(other).Set(7)
	for _, taken := range []string{name, other, "memstats"} {
		for range 2 {
			err := poolexpvar.Publish(taken, &fixed{})
			if assert.ErrorIs(t, err, poolexpvar.ErrInUse, "Publish as %q", taken) {
				assert.Contains(t, err.Error(), taken, "Publish as %q", taken)
			}
		}
	}
	got := decode(t, expvar.Get(name))["Workers"]
	assert.Equal(t, 1.0, got, "the first one now shows %v", got)
	if got := expvar.Get(other).String(); got != "7" {
		t.Errorf("the other variable now shows %s", got)
	}
	if poolexpvar.Unpublish(other) || poolexpvar.Unpublish("never published") {
		t.Error("Unpublish reports true for what this package never published")
	}
}

// Goal: an unpublished name shows null, releases its pool, and is free for the next
// one.
func TestUnpublishFreesTheName(t *testing.T) {
	name := unique(t)
	released := make(chan struct{})
	source := &fixed{}
	runtime.AddCleanup(source, func(c chan struct{}) { close(c) }, released)
	require.NoError(t, poolexpvar.Publish(name, source))
	source = nil
	assert.True(t, poolexpvar.Unpublish(name), "Unpublish reports false")
	assert.False(t, poolexpvar.Unpublish(name), "Unpublish reports true again")
	assert.Equal(t, "null", expvar.Get(name).String(), "shown")
	runtime.GC()
	<-released
	require.NoError(t, poolexpvar.Publish(name, &fixed{pool.Stats{Workers: 9}}))
	got := decode(t, expvar.Get(name))["Workers"]
	assert.Equal(t, 9.0, got, "the next one shows %v", got)
}

// Goal: of concurrent calls of Publish with one name at most one succeeds, and readers
// see a complete variable.
func TestConcurrentPublish(t *testing.T) {
	name := unique(t)
	var published atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if poolexpvar.Publish(name, &fixed{}) == nil {
					assert.Equal(t, int64(1), published.Add(1), "pools with the name")
					_ = decode(t, expvar.Get(name))
					published.Add(-1)
					poolexpvar.Unpublish(name)
				}
			}
		})
	}
	all.Wait()
}
