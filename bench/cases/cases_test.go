package cases

import (
	"runtime"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

// operations is a small number, because the figures do not matter here.
const operations = 60

// small returns a size that needs less memory and time.
func small(p Params) Params {
	least := map[string]int{"heap-mb": 1, "ints": 3 * leaf, "waiting": 100, "tasks": operations}
	p = slices.Clone(p)
	for i, q := range p {
		if v, ok := least[q.Key]; ok {
			p[i].Value = v
		}
	}
	return p
}

// sizes returns the sizes of the short report, or the first of a case without any.
func sizes(c Case) []Params {
	var short []Params
	for _, p := range c.Sizes {
		if c.Short(p) {
			short = append(short, p)
		}
	}
	if short == nil {
		short = c.Sizes[:1]
	}
	return short
}

// each runs f as a subtest for each case, size and implementation.
func each(t *testing.T, f func(t *testing.T, c Case, x Impl, p Params)) {
	for _, c := range All() {
		for _, p := range sizes(c) {
			for _, x := range c.Impls() {
				t.Run(c.Name+"/"+p.String()+"/impl="+x.Name, func(t *testing.T) {
					defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(p.Get(procs)))
					f(t, c, x, small(p))
				})
			}
		}
	}
}

// ops returns the number of operations of a test.
func ops(c Case) int {
	switch c.Name {
	case quicksort.Name, rampup.Name:
		return 1 // each is a thousand tasks
	case httpServer.Name, neighbour.Name:
		return 2 // each competes with a saturated pool
	}
	return operations
}

// Goal: each case measures each implementation, no task is lost, and the samples have the
// figure that is compared, except quantiles, which need more operations.
func TestEachCaseMeasuresAll(t *testing.T) {
	each(t, func(t *testing.T, c Case, x Impl, p Params) {
		n := ops(c)
		sample, err := x.Measure(n, p)
		require.NoError(t, err)
		if sample.Latency != nil {
			assert.Equal(t, int64(n), sample.Latency.Count(), "latencies")
			return
		}
		assert.Contains(t, sample.Values, c.Unit)
	})
}

// A dropper runs nine of ten tasks, as they are submitted.
type dropper struct {
	impls.Pool
	submitted int
}

func (d *dropper) take(f func()) {
	d.submitted++
	if d.submitted%10 != 0 && f != nil {
		f()
	}
}

func (d *dropper) Repeat(f func()) func(int) {
	return func(times int) {
		for range times {
			d.take(f)
		}
	}
}

func (d *dropper) Submit(f func(int), i int) { d.take(func() { f(i) }) }

func (d *dropper) Close() {}

type typedDropper struct {
	dropper
	f func(impls.Value)
}

func (d *typedDropper) Submit(from, to impls.Value) {
	for v := from; v < to; v++ {
		d.take(func() { d.f(v) })
	}
}

// Goal: an implementation that loses tasks returns an error.
// Method: one submitter, so that the implementation needs no lock. Left out are cases that wait
// for each task and would wait forever; package run ends those.
func TestLostTasksAreNoticed(t *testing.T) {
	losing := impls.Impl{
		Name:   "dropper",
		New:    func(impls.Config) impls.Pool { return new(dropper) },
		Queues: true,
		NewTyped: func(_ impls.Config, f func(impls.Value)) impls.Typed {
			return &typedDropper{f: f}
		},
	}
	all := everyone
	defer func() { everyone = all }()
	everyone = func() []impls.Impl { return []impls.Impl{losing} }
	waiting := []string{nested.Name, quicksort.Name, httpServer.Name, memory.Name, neighbour.Name}
	for _, c := range All() {
		x, ok := c.Impl(losing.Name)
		if !ok || slices.Contains(waiting, c.Name) {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			p := small(sizes(c)[0])
			for i := range p {
				if p[i].Key == "submitters" {
					p[i].Value = 1
				}
			}
			if rampup.Name == c.Name {
				p = Params{{procs, 1}, {"workers", 10}}
			}
			sample, err := x.Measure(ops(c), p)
			assert.Error(t, err, "no error, but %v", sample.Values)
		})
	}
}

// Goal: each cell has a name of its own.
func TestNamesAreUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, c := range All() {
		for _, x := range c.Impls() {
			for _, p := range c.Sizes {
				cell := c.Name + "/" + p.String() + "/" + x.Name
				if seen[cell] {
					t.Errorf("twice %s", cell)
				}
				seen[cell] = true
			}
		}
		named, ok := Named(c.Name)
		assert.True(t, ok, "%s is not found by its name", c.Name)
		assert.Equal(t, c.Title, named.Title, "%s is not found by its name", c.Name)
	}
}

// Goal: each case has millrace, the harness and a description.
func TestCasesAreComplete(t *testing.T) {
	for _, c := range All() {
		assert.NotEmpty(t, c.Title, "%s is incomplete", c.Name)
		assert.NotEmpty(t, c.Method, "%s is incomplete", c.Name)
		assert.NotEmpty(t, c.Unit, "%s is incomplete", c.Name)
		_, harness := c.Impl(impls.Harness.Name)
		_, millrace := c.Impl(impls.Millrace)
		without := []string{memory.Name, wake.Name} // without waiting tasks; without a pool
		assert.Equal(t, !slices.Contains(without, c.Name), harness, "%s: the harness is there", c.Name)
		assert.Equal(t, c.Name != wake.Name, millrace, "%s: millrace is there", c.Name)
	}
}

// Goal: each size of the short report exists.
func TestShortReportHasEachCaseButTheLargest(t *testing.T) {
	for _, c := range All() {
		short := slices.ContainsFunc(c.Sizes, c.Short)
		assert.Equal(t, c.Name != liveHeap.Name, short, "%s: in the short report", c.Name)
	}
}

func TestPartsAreInOrder(t *testing.T) {
	for _, v := range [][]int{{3, 2, 1}, {1, 2, 3}, {1, 1, 1}, {5, 9, 9}, {9, 5, 9}, {9, 9, 5}, {1, 2, 1, 2}, randomInts(1000)} {
		before := slices.Sorted(slices.Values(v))
		m := part(v)
		if m < 1 || m >= len(v) || slices.Max(v[:m]) > slices.Min(v[m:]) {
			t.Errorf("parted at %d: %v", m, v)
		}
		assert.Equal(t, before, slices.Sorted(slices.Values(v)))
	}
}

// Goal: a tree has all its tasks and has ended when runTree returns.
func TestTreesAreWhole(t *testing.T) {
	channel, _ := impls.Named(impls.Channel)
	pool := channel.New(impls.Config{Workers: 2, Queue: 1023})
	defer pool.Close()
	for range 2 {
		var ran measure.Counter
		runTree(pool, 10, ran.Inc)
		runTree(pool, 10, nil)
		assert.Equal(t, 1023, ran.Sum(), "tasks")
	}
}

// Goal: sumOfNumbers includes numbers that start over.
func TestSumOfNumbers(t *testing.T) {
	sum := 0
	for n := range 5 * numbers / 2 {
		require.Equal(t, sum, sumOfNumbers(n), "%d numbers", n)
		sum += n % numbers
	}
}

func TestLoadsAreMadeWell(t *testing.T) {
	for _, d := range orders() {
		assert.GreaterOrEqual(t, len(d), 1000)
		assert.LessOrEqual(t, len(d), 4000)
	}
	files, err := sourceTree()
	assert.NoError(t, err)
	assert.GreaterOrEqual(t, len(files), 100)
	assert.Equal(t, 1<<14, len(objects(1<<20)))
}

// Goal: the times of an open loop do not depend on its lateness.
func TestOpenLoopKeepsToItsTimes(t *testing.T) {
	const n = 20
	loop := openLoop{gap: 1000, blocks: true}
	var due []int64
	sample, err := loop.run(n, func(_ int, at time.Time) { due = append(due, at.UnixNano()) }, func() {})
	require.NoError(t, err)
	require.Len(t, due, n)
	for i := range n - 1 {
		assert.Equal(t, int64(1000), due[i+1]-due[i], "between %d and the next", i)
	}
	assert.Contains(t, sample.Values, "late-p50-ns", "lateness is missing")
}
