package poolenv_test

import (
	"context"
	"fmt"
	"os"

	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/poolenv"
)

// A service whose pool is configured by its environment. Options in the code win.
func Example() {
	os.Setenv("WORKER_POOL_SIZE", "4")
	os.Setenv("WORKER_SHUTDOWN_TIMEOUT", "5s")
	defer os.Unsetenv("WORKER_POOL_SIZE")
	defer os.Unsetenv("WORKER_SHUTDOWN_TIMEOUT")

	cfg, err := poolenv.Load()
	if err != nil {
		fmt.Println(err)
		return
	}
	p := pool.New(cfg, pool.WithQueueSize(50))
	ctx := context.Background()
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(ctx)

	fmt.Println(p.Stats().Workers, "workers,", cfg.ShutdownTimeout, "to shut down")
	// Output: 4 workers, 5s to shut down
}

func ExampleLoad_error() {
	os.Setenv("WORKER_POOL_SIZE", "-3")
	os.Setenv("WORKER_TASK_TIMEOUT", "10")
	defer os.Unsetenv("WORKER_POOL_SIZE")
	defer os.Unsetenv("WORKER_TASK_TIMEOUT")

	_, err := poolenv.Load()
	fmt.Println(err)
	// Output:
	// poolenv: WORKER_POOL_SIZE="-3": pool: invalid configuration: Workers = -3: must be at least 0
	// poolenv: WORKER_TASK_TIMEOUT="10": pool: invalid configuration: TaskTimeout: unable to parse duration: time: missing unit in duration "10"
}
