// Package cases asks the questions of the comparison: each case is a piece of work
// and a way to measure what it costs on a pool, for some sizes.
//
// When the report is made each implementation of a case runs in a process of its own; under
// go test a case is a plain benchmark.
package cases

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

// A Case is one question.
type Case struct {
	Name   string
	Title  string
	Method string // what is measured and how, and what is not
	Unit   string // of the values that are compared; less is better

	// Sizes are measured one by one; the short report has those that Short names.
	Sizes []Params
	Short func(Params) bool

	// Ops returns how many operations make a run of about that duration. It is nil
	// where that depends on who is measured, so that only a trial tells.
	Ops func(d time.Duration, p Params) int

	// Impls returns those that are compared, in the order of the report.
	Impls func() []Impl
}

// An Impl is one of those that a case compares.
type Impl struct {
	Name   string
	Module string // where it comes from; "" if from Go itself
	Setup  string // how it is set up, in a line

	// Measure does n operations and returns their cost. It fails if some of them were
	// lost. GOMAXPROCS is set beforehand to what the size says.
	Measure func(n int, p Params) (measure.Sample, error)
}

// Version returns the version that this program was built with.
func (c Impl) Version() string { return impls.Version(c.Module) }

// Impl returns the impl of that name.
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

// pools returns the implementations of a case that compares pools: the implementations that fit,
// and what it costs without one.
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

// everyone returns all that cases of pools are for. Tests have others.
var everyone = func() []impls.Impl { return append(impls.All(), impls.Harness) }

// What fits a case: all implementations, or those that can do something.
func anyone(impls.Impl) bool { return true }

func queues(r impls.Impl) bool { return r.Queues }

func takesValues(r impls.Impl) bool { return r.NewTyped != nil }

// can reports whether an implementation's pools have more methods than a Pool must have.
func can[T impls.Pool](r impls.Impl) bool {
	p := r.New(impls.Config{Workers: 1, Queue: 1})
	defer p.Close()
	_, ok := p.(T)
	return ok
}

// A Param is one size of a case.
type Param struct {
	Key   string
	Value int
}

// Params are the sizes of a case, in order.
type Params []Param

// Get returns the value of a key, which must be there.
func (p Params) Get(key string) int {
	i := slices.IndexFunc(p, func(q Param) bool { return q.Key == key })
	if i < 0 {
		panic(fmt.Sprintf("cases: %s has no %q", p, key))
	}
	return p[i].Value
}

// String returns the parameters as parts of the name of a Go benchmark.
func (p Params) String() string {
	parts := make([]string, len(p))
	for i, q := range p {
		parts[i] = fmt.Sprintf("%s=%d", q.Key, q.Value)
	}
	return strings.Join(parts, "/")
}

// grid returns all combinations of the values of the keys, the last key's fastest.
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

// these returns a function that reports whether it is given one of the sizes named.
func these(names ...string) func(Params) bool {
	return func(p Params) bool { return slices.Contains(names, p.String()) }
}

// per returns a function that says how many operations make a run of a duration,
// where they are some a second, and not less than a run needs to tell something.
func per(second func(Params) int, least int) func(time.Duration, Params) int {
	return func(d time.Duration, p Params) int { return max(least, int(d.Seconds()*float64(second(p)))) }
}

// procs is the key of GOMAXPROCS, which whoever runs a case sets beforehand.
const procs = "procs"

// lost is the error of an implementation that did not run each task once.
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
