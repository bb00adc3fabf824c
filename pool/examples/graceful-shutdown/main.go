// Command graceful-shutdown counts prime numbers, block after block, until it is
// told to stop, by Ctrl-C or by the signal that service managers send.
//
//	go run ./pool/examples/graceful-shutdown [-grace 2s]
//
// It then takes no new blocks and gives those it took the grace to end. What does
// not is named: blocks that never ran, and blocks that were given up.
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
	grace := flag.Duration("grace", 2*time.Second, "how long to wait for what was begun")
	flag.Parse()

	// Handle shutdown signal
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // a second one ends the program at once

	if err := run(ctx, os.Stdout, *grace, countPrimes); err != nil {
		fmt.Fprintln(os.Stderr, "graceful-shutdown:", err)
		os.Exit(1)
	}
}

// workers is how many blocks are worked on at a time, and queueSize how many wait.
const (
	workers   = 10
	queueSize = 100
)

// run has work do blocks 0, 1, 2 and so on until ctx ends, and then stops within
// the grace. It returns an error if blocks were lost.
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

	// Graceful shutdown. It also ends the Submit that waits for room.
	shutdown, cancel := context.WithTimeout(context.WithoutCancel(ctx), grace)
	defer cancel()
	err := p.Stop(shutdown)
	if err := <-submitted; !errors.Is(err, pool.ErrStopped) {
		return err
	}

	stats := p.Stats()
	fmt.Fprintf(out, "blocks taken: %d, done: %d, primes found: %d\n", stats.SubmittedTasks, stats.CompletedTasks, primes.Load())
	var lost *pool.StopError
	if errors.As(err, &lost) {
		fmt.Fprintf(out, "never run:     %v\n", lost.NeverRun)
		fmt.Fprintf(out, "still running: %v\n", lost.Running)
	}
	return err
}

// submitBlocks submits blocks until it is refused, and returns why it was.
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

// blockSize is how many numbers are one task: tens of milliseconds of work, more
// from block to block.
const blockSize = 1 << 17

// countPrimes returns how many prime numbers there are in a block. It looks at ctx
// every thousand numbers, and gives up when it has ended.
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
