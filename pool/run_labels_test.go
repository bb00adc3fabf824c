package pool_test

import (
	"bytes"
	"context"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
)

// labelsOf returns the profiler labels of each goroutine that has a function of that
// name on its stack, "" for one without labels.
func labelsOf(function string) (labels []string) {
	var profile bytes.Buffer
	_ = pprof.Lookup("goroutine").WriteTo(&profile, 1)
	for record := range strings.SplitSeq(profile.String(), "\n\n") {
		if !strings.Contains(record, function) {
			continue
		}
		_, after, _ := strings.Cut(record, "# labels: ")
		line, _, _ := strings.Cut(after, "\n")
		labels = append(labels, line)
	}
	return labels
}

func wantLabels(t *testing.T, function, want string) {
	t.Helper()
	list := labelsOf(function)
	assert.NotEmpty(t, list, "no goroutine is in %s", function)
	for _, labels := range list {
		if want == "" && labels != "" || !strings.Contains(labels, want) {
			t.Errorf("labels %q in %s, want %q", labels, function, want)
		}
	}
}

// lookAtOwn is on the stack of a goroutine that reads its own labels.
//
//go:noinline
func lookAtOwn(t *testing.T, want string) {
	t.Helper()
	wantLabels(t, "pool_test.lookAtOwn", want)
}

const inAWorker = "sched.(*Worker"

// Goal: workers run, park and start without the labels of the goroutines that made the
// pool, started it, resized it, submitted to it or made it replace a worker.
func TestLabelsAreNotInheritedByWorkers(t *testing.T) {
	for _, opts := range [][]pool.Option{nil, {pool.WithProfilerLabels()}} {
		synctest.Test(t, func(t *testing.T) {
			pprof.Do(background, pprof.Labels("who", "caller"), func(ctx context.Context) {
				p := startPool(t, pool.Config{Workers: 2}, opts...)
				lookAtOwn(t, "caller") // so it can be seen
				p.Resize(3)
				for range 3 {
					defer busyWorker(t, p)()
				}
				wantLabels(t, inAWorker, "")
			})
			pprof.Do(background, pprof.Labels("who", "caller"), func(ctx context.Context) {
				p := startPool(t, pool.Config{Workers: 2}, opts...)
				for range 10 {
					require.NoError(t, p.SubmitFunc(func(context.Context) error { return nil }))
					require.NoError(t, p.SubmitFunc(badEnds["goexit"].end))
					_, err := p.SubmitWait(ctx, asTask(func(context.Context) error { return nil }))
					require.NoError(t, err)
				}
				_ = p.Wait()
				synctest.Wait() // the workers have parked
				wantLabels(t, inAWorker, "")
			})
		})
	}
}

func TestLabelsOfTheSubmitterWithTheOption(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1}, pool.WithProfilerLabels())
	labelled := pprof.WithLabels(background, pprof.Labels("who", "task"))
	check := func(want string) doing {
		return func(context.Context) error { lookAtOwn(t, want); return nil }
	}
	unlabelled := func() {
		t.Helper()
		require.NoError(t, p.SubmitFunc(check("")))
		require.NoError(t, p.Wait())
	}
	require.NoError(t, p.SubmitContext(labelled, asTask(check("task"))))
	require.NoError(t, p.Wait())
	unlabelled()
	_, err := p.SubmitWait(labelled, asTask(check("task")))
	require.NoError(t, err)
	unlabelled()
	f, err := pool.Go(p, func(ctx context.Context) (int, error) { return 0, check("task")(ctx) }, pool.WithTaskContext(labelled))
	require.NoError(t, err)
	_, err = f.Wait(background)
	require.NoError(t, err)
	unlabelled()
	g := pool.NewGroup(p, pool.WithGroupContext(labelled))
	g.Go(check("task"))
	require.NoError(t, g.Wait())
	unlabelled()
}

func TestLabelsAreClearedHoweverATaskEnds(t *testing.T) {
	setsItsOwn := func(end func()) doing {
		return func(ctx context.Context) error {
			pprof.SetGoroutineLabels(pprof.WithLabels(ctx, pprof.Labels("who", "left")))
			lookAtOwn(t, "left")
			end()
			return nil
		}
	}
	for name, end := range map[string]func(){
		"returns": func() {},
		"panics":  func() { panic("boom") },
		"goexits": runtime.Goexit,
	} {
		t.Run(name, func(t *testing.T) {
			p := startPool(t, pool.Config{Workers: 1}, pool.WithProfilerLabels())
			labelled := pprof.WithLabels(background, pprof.Labels("who", "task"))
			for _, submit := range []func(body doing) error{
				p.SubmitFunc,
				func(body doing) error { return p.SubmitContext(labelled, asTask(body)) },
				func(body doing) error {
					return p.SubmitContext(labelled, asTask(body, pool.WithTaskTimeout(time.Hour), pool.WithTaskCallback(func(pool.Result) { end() })))
				},
			} {
				require.NoError(t, submit(setsItsOwn(end)))
				_ = p.Wait()
				require.NoError(t, p.SubmitFunc(func(context.Context) error { lookAtOwn(t, ""); return nil }))
				_ = p.Wait()
			}
		})
	}
}

func TestLabelsOfTheSubmitterWithoutTheOption(t *testing.T) {
	p := startPool(t, pool.Config{Workers: 1})
	labelled := pprof.WithLabels(background, pprof.Labels("who", "task"))
	require.NoError(t, p.SubmitContext(labelled, asTask(func(context.Context) error { lookAtOwn(t, ""); return nil })))
	require.NoError(t, p.Wait())
}
