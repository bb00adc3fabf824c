// Soak runs lifecycles of pools of random shape, several at a time, for a given time. It
// checks that each accepted task was resolved once.
//
//	go run ./fuzz/soak -for 10m
//
// It prints a line each second, and changes GOMAXPROCS and the pace of the garbage
// collector meanwhile. If a lifecycle fails it prints the seed that runs this lifecycle
// again:
//
//	go run ./fuzz/soak -seed 4711 -lifecycles 1
package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/user/millrace/fuzz/lifecycle"
)

func main() {
	s := soak{}
	flag.DurationVar(&s.length, "for", 10*time.Minute, "how long to go on")
	flag.Uint64Var(&s.seed, "seed", rand.Uint64N(1<<40), "the seed of the first lifecycle; the others count up")
	flag.Int64Var(&s.lifecycles, "lifecycles", 0, "end after this many lifecycles; 0 means when the time is over")
	flag.IntVar(&s.effort, "effort", 400, "about how many operations a submitter makes; must be the same to run a lifecycle again")
	flag.IntVar(&s.sideBySide, "pools", 2, "how many pools live at a time")
	flag.DurationVar(&s.patience, "patience", 2*time.Minute, "after what time a lifecycle is taken to be stuck")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := s.run(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

type soak struct {
	length     time.Duration
	seed       uint64
	lifecycles int64
	effort     int
	sideBySide int
	patience   time.Duration

	begun, ended, tasks atomic.Int64
}

func (s *soak) run(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, s.length)
	defer cancel()
	fmt.Printf("seed %d, %d pools side by side, for %v\n", s.seed, s.sideBySide, s.length)
	failed := make(chan error, s.sideBySide)
	var living sync.WaitGroup
	for range s.sideBySide {
		living.Go(func() {
			if err := s.runLifecycles(ctx); err != nil {
				failed <- err
				cancel()
			}
		})
	}
	begin := time.Now()
	over := make(chan struct{})
	go func() {
		defer close(over)
		living.Wait()
	}()
	s.tell(begin, over)
	select {
	case err := <-failed:
		return err
	default:
		return nil
	}
}

// runLifecycles runs lifecycles until ctx ends.
func (s *soak) runLifecycles(ctx context.Context) error {
	for ctx.Err() == nil {
		n := s.begun.Add(1)
		if s.lifecycles > 0 && n > s.lifecycles {
			return nil
		}
		seed := s.seed + uint64(n-1)
		report := lifecycle.Run(lifecycle.Seeded(seed), s.effort, s.patience)
		s.tasks.Add(report.Tasks)
		s.ended.Add(1)
		if report.Err != nil {
			return fmt.Errorf("-seed %d -lifecycles 1 -effort %d: %s\n%w", seed, s.effort, report.Shape, report.Err)
		}
	}
	return nil
}

// tell prints a line each second, and changes the environment of the pools.
func (s *soak) tell(begin time.Time, over <-chan struct{}) {
	second := time.NewTicker(time.Second)
	defer second.Stop()
	procs := runtime.GOMAXPROCS(0)
	defer runtime.GOMAXPROCS(procs)
	collector := 100
	for i := 0; ; i++ {
		select {
		case <-over:
			s.line(begin, collector)
			return
		case <-second.C:
		}
		s.line(begin, collector)
		runtime.GOMAXPROCS([]int{procs, 1, 2 * procs, procs, 4 * procs}[i/3%5])
		collector = []int{100, 1, 100, -1}[i/7%4]
		debug.SetGCPercent(collector)
		debug.SetMemoryLimit(1 << 30) // memory would run out without a collector
	}
}

func (s *soak) line(begin time.Time, collector int) {
	took := time.Since(begin)
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	fmt.Printf("%7.0fs  %9d lifecycles  %13d tasks  %6.2f M tasks/s  %4d MiB  %5d goroutines  GOMAXPROCS %d  GOGC %d\n",
		took.Seconds(), s.ended.Load(), s.tasks.Load(), float64(s.tasks.Load())/took.Seconds()/1e6,
		m.HeapAlloc>>20, runtime.NumGoroutine(), runtime.GOMAXPROCS(0), collector)
}
