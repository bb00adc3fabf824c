package cases

import (
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var httpServer = Case{
	Name:  "http",
	Title: "Latency of HTTP requests handled by the pool",
	Method: "A server on the loopback interface. Its handlers have the pool run a function that computes for 20 µs, and wait for " +
		"it. The client, in the same process, makes requests at a fixed rate whether or not earlier ones have ended, on as many" +
		" connections as needed. The latency counts from the time a request was due. Most of it is that of net/http and the " +
		"system, which the harness shows. Pools without a way to wait for one task use a channel.",
	Unit:  "p99-ns",
	Sizes: grid(axis{procs, []int{2, 4}}, axis{"workers", []int{8}}, axis{"rate", []int{1000, 4000}}),
	Short: these("procs=2/workers=8/rate=4000"),
	Ops:   per(func(p Params) int { return p.Get("rate") }, p99Ops),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		work := measure.NewWork(20 * time.Microsecond)
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue, Single: true})
		call := caller(pool)
		handle := func(status int) int { work.Do(); return status }
		s, err := serve(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(call(handle, http.StatusOK))
			io.WriteString(w, "done")
		})
		if err != nil {
			return measure.Sample{}, err
		}
		sample, err := s.drive(n, p.Get("rate"))
		err = errors.Join(err, s.close())
		pool.Close()
		return sample, err
	}),
}

// caller returns a function that runs another one in a pool and waits for it.
func caller(pool impls.Pool) func(f func(int) int, i int) int {
	if c, ok := pool.(impls.Caller); ok {
		return c.Call
	}
	return func(f func(int) int, i int) int {
		result := make(chan int, 1)
		pool.Submit(func(i int) { result <- f(i) }, i)
		return <-result
	}
}
