package poolexpvar_test

import (
	"context"
	"encoding/json"
	"errors"
	"expvar"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/poolexpvar"
)

// A fixed is a Source of always the same statistics.
type fixed struct{ stats pool.Stats }

func (f *fixed) Stats() pool.Stats { return f.stats }

// unique returns a name that no other test uses, nor this one when it runs again:
// package expvar forgets none.
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
		if fields[name] != float64(100+i) {
			t.Errorf("%s is shown as %v, want %d", name, fields[name], 100+i)
		}
	}
	if len(fields) != stats.NumField() {
		t.Errorf("shown are %d fields, Stats has %d", len(fields), stats.NumField())
	}
}

// startPool returns a started pool that is stopped at the end.
func startPool(t *testing.T, opts ...pool.Option) *pool.WorkerPool {
	t.Helper()
	p := pool.New(pool.Config{Workers: 2}, opts...)
	if err := p.Start(context.Background()); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Stop(context.Background()); err != nil {
			t.Error(err)
		}
	})
	return p
}

func runTasks(t *testing.T, p *pool.WorkerPool, n int) {
	t.Helper()
	for range n {
		if err := p.SubmitFunc(func(context.Context) error { return nil }); err != nil {
			t.Fatal(err)
		}
	}
	if err := p.Wait(); err != nil {
		t.Fatal(err)
	}
}

// Goal: the handler shows what the pool counts now, and its histograms once there
// is something in them.
func TestHandlerShowsAPool(t *testing.T) {
	name := unique(t)
	p := startPool(t, pool.WithHistograms(1))
	if err := poolexpvar.Publish(name, p); err != nil {
		t.Fatal(err)
	}
	shown := func() map[string]any {
		t.Helper()
		answer := httptest.NewRecorder()
		expvar.Handler().ServeHTTP(answer, httptest.NewRequest(http.MethodGet, "/debug/vars", nil))
		var vars map[string]json.RawMessage
		if err := json.Unmarshal(answer.Body.Bytes(), &vars); err != nil {
			t.Fatal(err)
		}
		var fields map[string]any
		if err := json.Unmarshal(vars[name], &fields); err != nil {
			t.Fatalf("%v in %s", err, vars[name])
		}
		return fields
	}
	before := shown()
	if before["CompletedTasks"] != 0.0 || before["QueueWait"] != nil || before["RunTime"] != nil {
		t.Errorf("before the first task %v is shown", before)
	}
	runTasks(t, p, 5)
	after := shown()
	if after["CompletedTasks"] != 5.0 || after["Workers"] != 2.0 {
		t.Errorf("after 5 tasks %v is shown", after)
	}
	for _, histogram := range []string{"QueueWait", "RunTime"} {
		h, _ := after[histogram].(map[string]any)
		quantiles := []float64{}
		for _, field := range []string{"P50", "P90", "P99", "Max"} {
			q, ok := h[field].(float64)
			if !ok {
				t.Errorf("%s shows no %s: %v", histogram, field, h)
			}
			quantiles = append(quantiles, q)
		}
		if h["Count"] != 5.0 || h["Mean"] == nil || len(h) != 6 || !slices.IsSorted(quantiles) {
			t.Errorf("%s is shown as %v", histogram, h)
		}
	}
}

func TestSourceWithoutHistogramsShowsNone(t *testing.T) {
	if s := poolexpvar.Var(&fixed{}).String(); strings.Contains(s, "QueueWait") || strings.Contains(s, "RunTime") {
		t.Errorf("shown is %s", s)
	}
}

// Goal: a name in use is an error, not a panic: one of this package and one of
// expvar's own.
func TestNameInUseIsAnError(t *testing.T) {
	name, other := unique(t), unique(t)
	if err := poolexpvar.Publish(name, &fixed{pool.Stats{Workers: 1}}); err != nil {
		t.Fatal(err)
	}
	expvar.NewInt(other).Set(7)
	for _, taken := range []string{name, other, "memstats"} {
		for range 2 {
			err := poolexpvar.Publish(taken, &fixed{})
			if !errors.Is(err, poolexpvar.ErrInUse) || !strings.Contains(err.Error(), taken) {
				t.Errorf("Publish as %q: %v", taken, err)
			}
		}
	}
	if got := decode(t, expvar.Get(name))["Workers"]; got != 1.0 {
		t.Errorf("the first one now shows %v", got)
	}
	if got := expvar.Get(other).String(); got != "7" {
		t.Errorf("the other variable now shows %s", got)
	}
	if poolexpvar.Unpublish(other) || poolexpvar.Unpublish("never published") {
		t.Error("Unpublish reports true for what this package never published")
	}
}

// Goal: what was unpublished shows null and is let go of, and its name is free for
// the next pool.
func TestUnpublishFreesTheName(t *testing.T) {
	name := unique(t)
	released := make(chan struct{})
	source := &fixed{}
	runtime.AddCleanup(source, func(c chan struct{}) { close(c) }, released)
	if err := poolexpvar.Publish(name, source); err != nil {
		t.Fatal(err)
	}
	source = nil
	if !poolexpvar.Unpublish(name) {
		t.Error("Unpublish reports false")
	}
	if poolexpvar.Unpublish(name) {
		t.Error("Unpublish reports true again")
	}
	if got := expvar.Get(name).String(); got != "null" {
		t.Errorf("shown is %s", got)
	}
	runtime.GC()
	<-released
	if err := poolexpvar.Publish(name, &fixed{pool.Stats{Workers: 9}}); err != nil {
		t.Fatal(err)
	}
	if got := decode(t, expvar.Get(name))["Workers"]; got != 9.0 {
		t.Errorf("the next one shows %v", got)
	}
}

// Goal: of many who publish under one name one gets it, and those who look see a
// whole variable.
func TestPublishAtOnce(t *testing.T) {
	name := unique(t)
	var published atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 100 {
				if poolexpvar.Publish(name, &fixed{}) == nil {
					if n := published.Add(1); n != 1 {
						t.Errorf("%d have the name", n)
					}
					_ = decode(t, expvar.Get(name))
					published.Add(-1)
					poolexpvar.Unpublish(name)
				}
			}
		})
	}
	all.Wait()
}
