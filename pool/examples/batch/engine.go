package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"github.com/user/millrace/pool"
)

// A batch is n jobs, numbered from 0.
type batch struct {
	n    int
	name func(i int) string
	// job does job i, and returns errCut if ctx ended before it was done.
	job func(ctx context.Context, i int) (digest, error)
	// done is called once for each completed job, on any goroutine.
	done func(i int, d digest, err error)
	// grace is how long jobs may continue after the batch is cancelled.
	grace time.Duration
}

// run does one job.
func (b *batch) run(ctx context.Context, i int) {
	if d, err := b.job(ctx, i); !errors.Is(err, errCut) {
		b.done(i, d, err)
	}
}

// An engine runs batches.
type engine interface {
	// run does the jobs and returns when none is running. After ctx ends it
	// starts only jobs that are already queued. After the batch's grace it ends
	// the context of those still running.
	//
	// The note is a remark about the run. An error means that the engine did not
	// do its work.
	run(ctx context.Context, b batch) (note string, err error)
}

var engineNames = []string{"pool", "channel", "goroutines"}

func newEngine(name string, workers, queue int) (engine, error) {
	switch name {
	case "pool":
		e := poolEngine{workers, queue}
		return e, e.new().Validate()
	case "channel":
		return channelEngine{workers, queue}, nil
	case "goroutines":
		return goroutineEngine{workers}, nil
	}
	return nil, fmt.Errorf("-engine %s: no such engine; there are %s", name, strings.Join(engineNames, ", "))
}

func defaultWorkers() int { return runtime.GOMAXPROCS(0) }

// A poolEngine runs batches on a pool.
type poolEngine struct{ workers, queue int }

func (e poolEngine) new() *pool.WorkerPool {
	return pool.New(pool.Config{Workers: e.workers, QueueSize: e.queue})
}

func (e poolEngine) run(ctx context.Context, b batch) (string, error) {
	p := e.new()
	// The pool must outlive ctx by the grace.
	if err := p.Start(context.WithoutCancel(ctx)); err != nil {
		return "", err
	}
	// Stop runs concurrently with the loop. A Submit that waits for a free slot
	// then returns ErrStopped at once.
	stopped := make(chan error, 1)
	unwatch := context.AfterFunc(ctx, func() {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), b.grace)
		defer cancel()
		stopped <- p.Stop(grace)
	})
	submitErr := e.submit(ctx, p, b)
	err := p.Wait()
	if unwatch() {
		err = errors.Join(submitErr, err, p.Stop(context.WithoutCancel(ctx)))
		return statsNote(p.Stats()), err
	}
	note := ""
	if lost := <-stopped; lost != nil { // a *pool.StopError
		note = lost.Error() + "\n"
	}
	return note + statsNote(p.Stats()), err
}

// submit submits the jobs, until ctx ends or the pool is stopped.
func (e poolEngine) submit(ctx context.Context, p *pool.WorkerPool, b batch) error {
	for i := 0; i < b.n && ctx.Err() == nil; i++ {
		err := p.Submit(pool.NewTask(
			func(ctx context.Context) (any, error) { return b.job(ctx, i) },
			pool.WithTaskID(b.name(i)),
			pool.WithTaskCallback(func(r pool.Result) {
				switch {
				case errors.Is(r.Error, errCut), errors.Is(r.Error, pool.ErrStopped):
				case r.Error != nil:
					b.done(i, digest{}, r.Error)
				default:
					b.done(i, r.Value.(digest), nil)
				}
			}),
		))
		if err != nil {
			return err
		}
	}
	return nil
}

func statsNote(s pool.Stats) string {
	return fmt.Sprintf("pool: %s, busy for %v in all; tasks: %d submitted, %d completed, %d failed, %d never run",
		count(s.Workers, "worker"), round(s.TotalDuration),
		s.SubmittedTasks, s.CompletedTasks, s.FailedTasks, s.DroppedTasks+s.CancelledTasks)
}

// A channelEngine runs batches on goroutines that receive jobs from a channel.
type channelEngine struct{ workers, queue int }

func (e channelEngine) run(ctx context.Context, b batch) (string, error) {
	late, cancel := withGrace(ctx, b.grace)
	defer cancel()
	queue := make(chan int, min(e.queue, b.n))
	var workers sync.WaitGroup
	for range min(e.workers, b.n) {
		workers.Go(func() {
			for i := range queue {
				if late.Err() == nil {
					b.run(late, i)
				}
			}
		})
	}
	for i := 0; i < b.n && ctx.Err() == nil; i++ {
		select {
		case queue <- i:
		case <-ctx.Done():
		}
	}
	close(queue)
	workers.Wait()
	return "", nil
}

// A goroutineEngine starts a goroutine for each job, at most workers at a time.
type goroutineEngine struct{ workers int }

func (e goroutineEngine) run(ctx context.Context, b batch) (string, error) {
	late, cancel := withGrace(ctx, b.grace)
	defer cancel()
	slots := make(chan struct{}, min(e.workers, b.n))
	var running sync.WaitGroup
	for i := 0; i < b.n && ctx.Err() == nil; i++ {
		select {
		case slots <- struct{}{}:
			running.Go(func() {
				b.run(late, i)
				<-slots
			})
		case <-ctx.Done():
		}
	}
	running.Wait()
	return "", nil
}

// withGrace returns a context that ends when ctx has been over for the grace, or
// when it is cancelled.
func withGrace(ctx context.Context, grace time.Duration) (context.Context, context.CancelFunc) {
	late, cancel := context.WithCancel(context.WithoutCancel(ctx))
	unwatch := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(grace)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-late.Done():
		}
	})
	return late, func() {
		unwatch()
		cancel()
	}
}
