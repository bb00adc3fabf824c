// Command basic runs a hundred tasks on five workers and waits for them.
//
//	go run ./pool/examples/basic
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/user/millrace/pool"
)

func main() {
	if err := run(context.Background(), os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "basic:", err)
		os.Exit(1)
	}
}

// run is the program. Tasks write to out concurrently.
func run(ctx context.Context, out io.Writer) (err error) {
	// Create pool with 5 workers
	p := pool.New(pool.Config{
		Workers:   5,
		QueueSize: 100,
	})
	if err := p.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop(ctx)) }()

	// Submit tasks
	for i := range 100 {
		if err := p.SubmitFunc(func(context.Context) error {
			time.Sleep(100 * time.Millisecond) // in place of work
			_, err := fmt.Fprintf(out, "Processing task %d\n", i)
			return err
		}); err != nil {
			return err
		}
	}

	// Wait for completion
	return p.Wait()
}
