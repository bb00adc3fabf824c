// Package cases has the benchmarks. Each case is a piece of work with some sizes and a way to
// measure its cost on a pool.
//
// For a report, each implementation of a case runs in a process of its own. Under go test a
// case is a Go benchmark.
package cases

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

// A Case is one benchmark.
type Case struct {
	Name   string
	Title  string // a noun
	Method string // what it measures, how, and what it omits
	Unit   string // of the figure that is compared; less is better

	// Sizes are the sizes to measure. Short selects those of the short report.
	Sizes []Params
	Short func(Params) bool

	// Ops returns the number of operations of a run of about that duration. It is nil if
	// the number depends on the implementation and has to be calibrated.
	Ops func(d time.Duration, p Params) int

	// Impls returns the implementations in the order of the report.
	Impls func() []Impl
}

// An Impl is one of the implementations that a case compares.
type Impl struct {
	Name   string
	Module string // of its source; "" for Go itself
	Setup  string // in one line

	// Measure does n operations and returns their cost. It fails if some of them were
	// lost. The caller sets GOMAXPROCS to the value of the size.
	Measure func(n int, p Params) (measure.Sample, error)
}

// Version returns the version in this program.
func (c Impl) Version() string { return impls.Version(c.Module) }

// Impl returns the implementation of that name.
func (c Case) Impl(name string) (Impl, bool) {
	all := c.Impls()
	i := slices.IndexFunc(all, func(c Impl) bool { return c.Name == name })
	if i < 0 {
		return Impl{}, false
	}
	return all[i], true
}

// A measurement does n operations on an implementation.
type measurement = func(n int, r impls.Impl, p Params) (measure.Sample, error)

// pools returns the implementations of a case that compares pools: those that fit, and the
// harness.
func pools(fits func(impls.Impl) bool, m measurement) func() []Impl {
	return func() []Impl {
		var all []Impl
		for _, r := range everyone() {
			if !fits(r) {
				continue
			}
			all = append(all, Impl{
				Name: r.Name, Module: r.Module, Setup: r.Setup,
				Measure: func(n int, p Params) (measure.Sample, error) { return m(n, r, p) },
			})
		}
		return all
	}
}

// everyone returns all pools and the harness. Tests replace it.
var everyone = func() []impls.Impl { return append(impls.All(), impls.Harness) }

// Filters of implementations.
func anyone(impls.Impl) bool { return true }

func queues(r impls.Impl) bool { return r.Queues }

func takesValues(r impls.Impl) bool { return r.NewTyped != nil }

// can reports whether the pools of an implementation have the methods of T.
func can[T impls.Pool](r impls.Impl) bool {
	p := r.New(impls.Config{Workers: 1, Queue: 1})
	defer p.Close()
	_, ok := p.(T)
	return ok
}

// A Param is one parameter of a size.
type Param struct {
	Key   string
	Value int
}

// Params are the parameters of a size, in order.
type Params []Param

// Get returns the value of a key, which must be there.
func (p Params) Get(key string) int {
	i := slices.IndexFunc(p, func(q Param) bool { return q.Key == key })
	if i < 0 {
		panic(fmt.Sprintf("cases: %s has no %q", p, key))
	}
	return p[i].Value
}

// String returns the parameters in the form of a Go benchmark name.
func (p Params) String() string {
	parts := make([]string, len(p))
	for i, q := range p {
		parts[i] = fmt.Sprintf("%s=%d", q.Key, q.Value)
	}
	return strings.Join(parts, "/")
}

// grid returns all combinations of the values of the keys. The last key varies fastest.
func grid(axes ...axis) []Params {
	all := []Params{nil}
	for _, a := range axes {
		var next []Params
		for _, p := range all {
			for _, v := range a.values {
				next = append(next, append(slices.Clip(p), Param{a.key, v}))
			}
		}
		all = next
	}
	return all
}

type axis struct {
	key    string
	values []int
}

// these returns a function that selects the named sizes.
func these(names ...string) func(Params) bool {
	return func(p Params) bool { return slices.Contains(names, p.String()) }
}

// per returns a function for Case.Ops, for a given number of operations per second and a
// least number for a run.
func per(second func(Params) int, least int) func(time.Duration, Params) int {
	return func(d time.Duration, p Params) int { return max(least, int(d.Seconds()*float64(second(p)))) }
}

// procs is the key of GOMAXPROCS, which the caller of a case sets.
const procs = "procs"

// lost returns an error if an implementation did not run each task once.
func lost(ran, submitted int) error {
	if ran == submitted {
		return nil
	}
	return fmt.Errorf("of %d tasks %d ran", submitted, ran)
}

// All returns the cases in the order of the report.
func All() []Case {
	return []Case{
		noop, closure, typed, work, batch, batchNoop,
		nested, inside, quicksort, call, promise,
		latency, idle, burst, rampup, httpServer, neighbour,
		hash, parse, liveHeap, memory,
		rings, priority, priorityPool, limiter, wake,
	}
}

// Named returns the case of that name.
func Named(name string) (Case, bool) {
	all := All()
	i := slices.IndexFunc(all, func(c Case) bool { return c.Name == name })
	if i < 0 {
		return Case{}, false
	}
	return all[i], true
}
