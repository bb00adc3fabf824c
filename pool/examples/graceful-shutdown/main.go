// Command graceful-shutdown counts prime numbers, block after block, until Ctrl-C
// or SIGTERM stops it.
//
//	go run ./pool/examples/graceful-shutdown [-grace 2s]
//
// It then accepts no new blocks, and waits for the accepted ones until the grace
// period is over. It names the blocks that never ran and those still running.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/user/millrace/pool"
)

func main() {
	grace := flag.Duration("grace", 2*time.Second, "how long to wait for accepted blocks")
	flag.Parse()

	// Handle shutdown signal
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once

	if err := run(ctx, os.Stdout, *grace, countPrimes); err != nil {
		fmt.Fprintln(os.Stderr, "graceful-shutdown:", err)
		os.Exit(1)
	}
}

// workers is the number of blocks computed at a time, and queueSize the number of
// blocks that may wait.
const (
	workers   = 10
	queueSize = 100
)

// run calls work with blocks 0, 1, 2 and so on until ctx ends, and then stops within
// the grace period. It returns an error if blocks were lost.
func run(ctx context.Context, out io.Writer, grace time.Duration, work func(ctx context.Context, block int) (int, error)) error {
	p := pool.New(pool.Config{Workers: workers, QueueSize: queueSize})
	if err := p.Start(context.WithoutCancel(ctx)); err != nil {
		return err
	}
	fmt.Fprintln(out, "working; Ctrl-C stops it")

	var primes atomic.Int64
	submitted := make(chan error, 1)
	go func() { submitted <- submitBlocks(p, &primes, work) }()

	<-ctx.Done()
	fmt.Fprintf(out, "stopping, for %v at most\n", grace)

	// Graceful shutdown. It also ends the Submit that waits for a free slot.
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := p.Stop(shutdown)
	if err := <-submitted; !errors.Is(err, pool.ErrStopped) {
		return err
	}

	stats := p.Stats()
	fmt.Fprintf(out, "blocks accepted: %d, done: %d, primes found: %d\n", stats.SubmittedTasks, stats.CompletedTasks, primes.Load())
	var lost *pool.StopError
	if errors.As(err, &lost) {
		fmt.Fprintf(out, "never run:     %v\n", lost.NeverRun)
		fmt.Fprintf(out, "still running: %v\n", lost.Running)
	}
	return err
}

// submitBlocks submits blocks until one is refused, and returns the error.
func submitBlocks(p *pool.WorkerPool, primes *atomic.Int64, work func(ctx context.Context, block int) (int, error)) error {
	for block := 0; ; block++ {
		err := p.Submit(pool.NewTask(func(ctx context.Context) (any, error) {
			found, err := work(ctx, block)
			primes.Add(int64(found))
			return found, err
		}, pool.WithTaskID("block "+strconv.Itoa(block))))
		if err != nil {
			return err
		}
	}
}

// blockSize is the count of numbers in a task: tens of milliseconds of work, which
// grow from block to block.
const blockSize = 1 << 17

// countPrimes returns the number of primes in a block. It checks ctx every 1024
// numbers, and returns early when ctx has ended.
func countPrimes(ctx context.Context, block int) (int, error) {
	found := 0
	for n := block * blockSize; n < (block+1)*blockSize; n++ {
		if n%1024 == 0 && ctx.Err() != nil {
			return 0, ctx.Err()
		}
		if isPrime(n) {
			found++
		}
	}
	return found, nil
}

func isPrime(n int) bool {
	for d := 2; d*d <= n; d++ {
		if n%d == 0 {
			return false
		}
	}
	return n > 1
}
