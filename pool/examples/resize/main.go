// Command resize makes bursts of requests to a distant server: first with a fixed
// number of workers, then with a monitor that adds workers while the queue backs up
// and removes them when the pool is idle.
//
//	go run ./pool/examples/resize [flags]
//
// The server runs in the program and answers each request after a delay. Requests
// mostly wait, so more workers complete more of them. Tasks that compute need no
// more workers than there are processors.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"time"

	"github.com/user/millrace/pool"
)

func main() {
	var cfg config
	flag.IntVar(&cfg.min, "min", 5, "how many workers there are at least")
	flag.IntVar(&cfg.max, "max", 20, "how many workers there are at most")
	flag.IntVar(&cfg.step, "step", 5, "how many workers to add at a time")
	flag.IntVar(&cfg.backlog, "backlog", 100, "how many tasks may wait before workers are added")
	flag.DurationVar(&cfg.every, "every", 50*time.Millisecond, "how often to check the queue")
	flag.IntVar(&cfg.bursts, "bursts", 2, "how many bursts there are")
	flag.IntVar(&cfg.burst, "burst", 300, "how many requests are a burst")
	flag.DurationVar(&cfg.latency, "latency", 20*time.Millisecond, "how long a request takes")
	flag.Parse()
	if flag.NArg() > 0 || cfg.min < 1 || cfg.max < cfg.min || cfg.every <= 0 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := run(ctx, os.Stdout, cfg, loopback)
	switch {
	case ctx.Err() != nil:
		os.Exit(130) // as a shell reports a program that Ctrl-C ended
	case err != nil:
		fmt.Fprintln(os.Stderr, "resize:", err)
		os.Exit(1)
	}
}

// A config holds the settings of the command line.
type config struct {
	min, max, step, backlog int
	every                   time.Duration
	bursts, burst           int
	latency                 time.Duration
}

// run makes the requests with a fixed number of workers, and then with a monitor.
// serve starts a server and returns a client for it.
func run(ctx context.Context, out io.Writer, cfg config, serve func(http.Handler) (*http.Client, func(), error)) error {
	client, shutdown, err := serve(distant(cfg.latency))
	if err != nil {
		return err
	}
	defer shutdown()
	fmt.Fprintf(out, "%d bursts of %d requests that take %v each\n", cfg.bursts, cfg.burst, cfg.latency)

	took, err := work(ctx, cfg, client, nil)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "\nwith %d workers: %v\n", cfg.min, took.Round(time.Millisecond))

	fmt.Fprintf(out, "\nwith %d workers, and up to %d while more than %d requests wait:\n", cfg.min, cfg.max, cfg.backlog)
	took, err = work(ctx, cfg, client, &monitor{cfg: cfg, out: out, idle: make(chan struct{})})
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%v\n", took.Round(time.Millisecond))
	return nil
}

// work makes all requests, and returns how long they took. With a monitor it waits
// between bursts until the monitor has found the pool idle.
func work(ctx context.Context, cfg config, client *http.Client, m *monitor) (took time.Duration, err error) {
	p := pool.New(pool.Config{
		Workers: cfg.min,
	})
	if err := p.Start(ctx); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.Stop(ctx)) }()

	if m != nil {
		watching, cancel := context.WithCancel(ctx)
		watched := make(chan struct{})
		go func() {
			defer close(watched)
			m.watch(watching, p)
		}()
		defer func() { cancel(); <-watched }()
	}
	for range cfg.bursts {
		began := time.Now()
		for range cfg.burst {
			if err := p.SubmitFunc(func(ctx context.Context) error { return get(ctx, client) }); err != nil {
				return 0, err
			}
		}
		if err := errors.Join(p.Wait(), ctx.Err()); err != nil {
			return 0, err
		}
		took += time.Since(began)
		if m != nil {
			select {
			case <-m.idle:
			case <-ctx.Done():
			}
		}
	}
	return took, ctx.Err()
}

// A monitor resizes a pool.
type monitor struct {
	cfg  config
	out  io.Writer
	idle chan struct{} // receives a value when the pool was found idle, if work waits for one
}

// watch checks the load of p and resizes it, until ctx ends.
func (m *monitor) watch(ctx context.Context, p *pool.WorkerPool) {
	began := time.Now()
	tick := time.NewTicker(m.cfg.every)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		stats := p.Stats()
		size := stats.Workers

		// Scale up if queue is backing up
		if stats.QueuedTasks > m.cfg.backlog && stats.Workers < m.cfg.max {
			size = min(stats.Workers+m.cfg.step, m.cfg.max)
			p.Resize(size)
		}

		// Scale down if idle
		idle := stats.QueuedTasks == 0 && stats.ActiveWorkers == 0
		if idle {
			size = m.cfg.min // Minimum workers
			p.Resize(size)
		}

		fmt.Fprintln(m.out, line(time.Since(began), stats, size))
		if idle {
			select {
			case m.idle <- struct{}{}:
			default:
			}
		}
	}
}

// line shows the load that the monitor found, and the size that it set.
func line(at time.Duration, stats pool.Stats, size int) string {
	change := ""
	if size != stats.Workers {
		change = fmt.Sprintf(" → %d workers", size)
	}
	running := min(stats.ActiveWorkers, stats.Workers)
	workers := strings.Repeat("#", running) + strings.Repeat(".", stats.Workers-running)
	return fmt.Sprintf("%8v %4d wait  %s%s", at.Round(time.Millisecond), stats.QueuedTasks, workers, change)
}

// get makes one request.
func get(ctx context.Context, client *http.Client) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://distant.test/", nil)
	if err != nil {
		return err
	}
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body) // to reuse the connection
	return err
}
