//go:build unix

package pool_test

import (
	"context"
	"log"
	"os"
	"os/signal"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	worker "github.com/user/millrace/pool"
)

func planGracefulShutdown(processTask func(context.Context) error) {
	pool := worker.New(worker.Config{
		Workers:         10,
		ShutdownTimeout: 30 * time.Second,
	})

	ctx := context.Background()
	pool.Start(ctx)

	// Submit many tasks
	for i := 0; i < 1000; i++ {
		pool.SubmitFunc(processTask)
	}

	// Handle shutdown signal
	sigCh := make(chan os.Signal, 1)
	signal.Notify(sigCh, os.Interrupt, syscall.SIGTERM)
	<-sigCh

	// Graceful shutdown
	shutdownCtx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()

	if err := pool.Stop(shutdownCtx); err != nil {
		log.Printf("Shutdown timeout: %v", err)
	}
}

// Goal: the signal ends the example, and no task is lost. Method: the test listens for
// the signal too, so that it does not end the process. It sends the signal again each
// time it arrived, until the example has received one.
func TestPlanGracefulShutdown(t *testing.T) {
	arrived := make(chan os.Signal, 1)
	signal.Notify(arrived, os.Interrupt)
	defer signal.Reset(os.Interrupt, syscall.SIGTERM)
	self, err := os.FindProcess(os.Getpid())
	require.NoError(t, err)

	var processed atomic.Int64
	ended := make(chan string)
	go func() {
		ended <- captureLog(t, func() {
			planGracefulShutdown(func(context.Context) error { processed.Add(1); return nil })
		})
	}()
	for {
		require.NoError(t, self.Signal(os.Interrupt))
		<-arrived
		select {
		case logged := <-ended:
			assert.Equal(t, int64(1000), processed.Load())
			assert.Empty(t, logged)
			return
		default:
		}
	}
}
