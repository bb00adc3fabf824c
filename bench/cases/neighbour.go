package cases

import (
	"errors"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var neighbour = Case{
	Name:  "neighbour",
	Title: "Latency of an HTTP server next to a busy pool",
	Method: "Two submitters keep a pool saturated with tasks that compute for 10 µs. A server in the same process that does not use" +
		" the pool answers requests, made as in http, and their latency counts. Queues have room for 64 tasks, and at most 128 " +
		"tasks are in flight in a pool without a bound. ns/task is the pace of the pool: one that does little disturbs little. " +
		"The harness is the server without a pool. A single run is too short for a p99, so the p90 is compared.",
	Unit:  "p90-ns",
	Sizes: grid(axis{procs, []int{2, 4}}, axis{"workers", []int{8}}, axis{"rate", []int{1000}}),
	Short: these("procs=2/workers=8/rate=1000"),
	Ops:   per(func(p Params) int { return p.Get("rate") }, p90Ops),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		s, err := serve(func(http.ResponseWriter, *http.Request) {})
		if err != nil {
			return measure.Sample{}, err
		}
		if r.Name == impls.Harness.Name {
			sample, err := s.drive(n, p.Get("rate"))
			return sample, errors.Join(err, s.close())
		}
		load := saturate(r.New(impls.Config{Workers: p.Get("workers"), Queue: loadQueue}))
		sample, err := s.drive(n, p.Get("rate"))
		each, loadErr := load.end()
		if err == nil {
			sample.Values["ns/task"] = each
		}
		return sample, errors.Join(err, loadErr, s.close())
	}),
}

// A load has more tasks in flight than the queue and the workers of a bounded pool hold.
const (
	loadQueue    = 64
	loadInFlight = 128
)

// A load keeps a pool busy.
type load struct {
	pool       impls.Pool
	inFlight   chan struct{} // of the tasks in flight
	begin      time.Time
	over       atomic.Bool
	submitters sync.WaitGroup
	submitted  atomic.Int64
	ran        measure.Counter
}

func saturate(pool impls.Pool) *load {
	l := &load{pool: pool, inFlight: make(chan struct{}, loadInFlight), begin: time.Now()}
	work := measure.NewWork(10 * time.Microsecond)
	task := func(int) { work.Do(); l.ran.Inc(); <-l.inFlight }
	for range 2 {
		l.submitters.Go(func() {
			i := 0
			for ; !l.over.Load(); i++ {
				l.inFlight <- struct{}{}
				pool.Submit(task, i)
			}
			l.submitted.Add(int64(i))
		})
	}
	return l
}

// end ends the load and returns the nanoseconds per task.
func (l *load) end() (nsPerTask float64, err error) {
	l.over.Store(true)
	l.submitters.Wait()
	l.pool.Close()
	ran := l.ran.Sum()
	return float64(time.Since(l.begin)) / float64(ran), lost(ran, int(l.submitted.Load()))
}
