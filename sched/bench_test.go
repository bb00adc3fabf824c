package sched

import (
	"fmt"
	"sync"
	"syscall"
	"testing"
	"time"
)

// BenchmarkNoop measures one item that does nothing, from submission to its end,
// with all submitters and workers at it, beside a channel of the same buffer
// drained by as many goroutines. It says nothing of the latency of one item.
func BenchmarkNoop(b *testing.B) {
	for _, workers := range []int{2, 8, 1000} {
		for _, submitters := range []int{1, 8, 64} {
			for _, impl := range []string{"channel", "sched"} {
				b.Run(fmt.Sprintf("impl=%s/workers=%d/submitters=%d", impl, workers, submitters), func(b *testing.B) {
					submit, wait := startSched, startChannel
					_ = wait
					start := submit
					if impl == "channel" {
						start = startChannel
					}
					do, end := start(workers)
					var wg sync.WaitGroup
					b.ReportAllocs()
					began, cpu := time.Now(), cpuTime()
					b.ResetTimer()
					for i := range submitters {
						n := b.N / submitters
						if i < b.N%submitters {
							n++
						}
						wg.Go(func() {
							for range n {
								do(noop)
							}
						})
					}
					wg.Wait()
					end()
					b.StopTimer()
					b.ReportMetric(float64(cpuTime()-cpu)/float64(time.Since(began)), "cpus")
				})
			}
		}
	}
}

func noop() {}

func startChannel(workers int) (do func(func()), end func()) {
	ch := make(chan func(), 1024)
	var wg sync.WaitGroup
	for range workers {
		wg.Go(func() {
			for f := range ch {
				f()
			}
		})
	}
	return func(f func()) { ch <- f }, func() { close(ch); wg.Wait() }
}

func startSched(workers int) (do func(func()), end func()) {
	s := New(Config[func()]{Workers: workers, Capacity: 1024, Run: func(w *Worker[func()], f func()) {
		f()
		w.Settle(Completed)
	}})
	s.Start()
	return func(f func()) { s.Submit(f, nil) }, func() {
		s.Close()
		s.Wait(nil)
		s.Halt()
		s.Join(nil)
	}
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	_ = syscall.Getrusage(syscall.RUSAGE_SELF, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
