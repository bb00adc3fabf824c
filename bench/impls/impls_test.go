package impls

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	submitters = 4
	each       = 500
)

var configs = []Config{
	{Workers: 1, Queue: 16},
	{Workers: 2, Queue: 16},
	{Workers: 50, Queue: 16},
	{Workers: 1, Queue: 16, Single: true},
	{Workers: 2, Queue: 16, Single: true},
	{Workers: 50, Queue: 16, Single: true},
}

// eachImpl runs f as a subtest for each implementation and Config.
func eachImpl(t *testing.T, f func(t *testing.T, r Impl, c Config)) {
	for _, r := range append(All(), Harness) {
		for _, c := range configs {
			t.Run(fmt.Sprintf("%s/workers=%d/single=%v", r.Name, c.Workers, c.Single), func(t *testing.T) { f(t, r, c) })
		}
	}
}

// submit calls f with each number below submitters × each, from several goroutines.
func submit(f func(i int)) {
	var all sync.WaitGroup
	for s := range submitters {
		all.Go(func() {
			for i := range each {
				f(s*each + i)
			}
		})
	}
	all.Wait()
}

// runs counts calls by number.
type runs [submitters * each]atomic.Int32

func (r *runs) note(i int) { r[i].Add(1) }

func (r *runs) wantOnce(t *testing.T) {
	t.Helper()
	for i := range r {
		if n := r[i].Load(); n != 1 {
			t.Fatalf("number %d ran %d times", i, n)
		}
	}
}

// Goal: each implementation runs each task once before Close returns.
func TestEachImplRunsAll(t *testing.T) {
	eachImpl(t, func(t *testing.T, r Impl, c Config) {
		var ran runs
		p := r.New(c)
		submit(func(i int) { p.Submit(ran.note, i) })
		p.Close()
		ran.wantOnce(t)
	})
}

// Goal: the same for one function that is submitted repeatedly.
func TestEachImplRepeats(t *testing.T) {
	eachImpl(t, func(t *testing.T, r Impl, c Config) {
		var ran atomic.Int32
		p := r.New(c)
		again, nothing := p.Repeat(func() { ran.Add(1) }), p.Repeat(nil)
		submit(func(int) { again(1); nothing(1) })
		p.Close()
		assert.Equal(t, int32(submitters*each), ran.Load(), "times run")
	})
}

// Goal: the same for values.
func TestTypedPoolsCallForEachValue(t *testing.T) {
	eachImpl(t, func(t *testing.T, r Impl, c Config) {
		if r.NewTyped == nil {
			return
		}
		var ran runs
		p := r.NewTyped(c, func(v Value) { ran.note(int(v)) })
		submit(func(i int) { p.Submit(Value(i), Value(i+1)) })
		p.Close()
		ran.wantOnce(t)

		p = r.NewTyped(c, nil)
		p.Submit(0, each)
		p.Close()
	})
}

// Goal: the same for batches.
func TestBatchersRunAll(t *testing.T) {
	eachImpl(t, func(t *testing.T, r Impl, c Config) {
		p, ok := r.New(c).(Batcher)
		if !ok {
			return
		}
		var ran runs
		for i := 0; i < len(ran); i += 10 {
			p.SubmitAll(ran.note, i, i+10)
		}
		p.Close()
		ran.wantOnce(t)
	})
}

// Goal: the same for a batch that is submitted repeatedly.
func TestBatchersRepeat(t *testing.T) {
	eachImpl(t, func(t *testing.T, r Impl, c Config) {
		p, ok := r.New(c).(Batcher)
		if !ok {
			return
		}
		var ran atomic.Int32
		again, nothing := p.RepeatBatch(func() { ran.Add(1) }, 10), p.RepeatBatch(nil, 10)
		submit(func(int) { again(1); nothing(1) })
		p.Close()
		assert.Equal(t, int32(10*submitters*each), ran.Load(), "times run")
	})
}

// Goal: each tree has all its tasks and has ended when RunTree returns.
func TestTreeRunnersRunWholeTrees(t *testing.T) {
	eachImpl(t, func(t *testing.T, r Impl, c Config) {
		p, ok := r.New(c).(TreeRunner)
		if !ok {
			return
		}
		for range 3 {
			var ran atomic.Int32
			p.RunTree(10, func() { ran.Add(1) })
			assert.Equal(t, int32(1023), ran.Load(), "times run")
			p.RunTree(10, nil)
		}
		p.Close()
	})
}

// Goal: each result is that of its own function.
func TestResultsAreOnesOwn(t *testing.T) {
	eachImpl(t, func(t *testing.T, r Impl, c Config) {
		p := r.New(c)
		same := func(i int) int { return i }
		if caller, ok := p.(Caller); ok {
			submit(func(i int) {
				if got := caller.Call(same, i); got != i {
					t.Errorf("Call returned %d, want %d", got, i)
				}
			})
		}
		if promiser, ok := p.(Promiser); ok {
			submit(func(i int) {
				if got := promiser.Promise(same, i).Wait(); got != i {
					t.Errorf("Promise gave %d, want %d", got, i)
				}
			})
		}
		p.Close()
	})
}

func TestMillraceAndTheChannelComeFirst(t *testing.T) {
	all := All()
	if assert.Equal(t, Millrace, all[0].Name) {
		assert.Equal(t, Channel, all[1].Name)
	}
	for _, r := range all {
		got, ok := Named(r.Name)
		assert.True(t, ok)
		assert.Equal(t, r.Name, got.Name)
	}
}

// Goal: an implementation with Queues accepts Config.Queue tasks while its workers are busy,
// even from its own tasks.
func TestQueuesHaveRoom(t *testing.T) {
	for _, r := range All() {
		if !r.Queues {
			continue
		}
		t.Run(r.Name, func(t *testing.T) {
			var ran atomic.Int32
			p := r.New(Config{Workers: 1, Queue: each})
			full := make(chan struct{})
			p.Submit(func(int) {
				for range each {
					p.Submit(func(int) { ran.Add(1) }, 0)
				}
				close(full)
			}, 0)
			<-full
			p.Close()
			assert.Equal(t, int32(each), ran.Load())
		})
	}
}
