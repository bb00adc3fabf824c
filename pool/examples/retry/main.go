// Command retry fetches documents from a server that fails in common ways, and
// shows the runs and the outcome of each document.
//
//	go run ./pool/examples/retry [flags]
//
// The server runs in the program. It is overloaded and sends Retry-After, it cuts
// connections, it hangs, or it is down. Transient errors are retried with a growing
// delay, in which the worker runs other tasks. A document that does not exist is
// not retried.
//
// Then the whole server is down for many clients at once. Without a retry budget
// they only add to its load.
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
	"strconv"
	"sync"
	"text/tabwriter"
	"time"

	"github.com/user/millrace/pool"
)

func main() {
	var cfg config
	flag.IntVar(&cfg.workers, "workers", 2, "how many documents are requested at a time")
	flag.IntVar(&cfg.retries, "retries", 3, "how often a failed request is retried")
	flag.DurationVar(&cfg.delay, "delay", 50*time.Millisecond, "how long to wait before the first retry")
	flag.DurationVar(&cfg.timeout, "timeout", 200*time.Millisecond, "how long an answer may take")
	flag.Parse()
	if flag.NArg() > 0 {
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
		fmt.Fprintln(os.Stderr, "retry:", err)
		os.Exit(1)
	}
}

// A config holds the settings of the command line.
type config struct {
	workers, retries int
	delay, timeout   time.Duration
}

// run fetches the documents, and then those of a server that is down. serve starts a
// server and returns a client for it.
func run(ctx context.Context, out io.Writer, cfg config, serve func(http.Handler) (*http.Client, func(), error)) error {
	client, shutdown, err := serve(newServer(documents))
	if err != nil {
		return err
	}
	defer shutdown()
	if err := fetchAll(ctx, out, cfg, client); err != nil {
		return err
	}
	for _, budget := range []struct {
		name string
		opts []pool.Option
	}{
		{"without a budget", nil},
		// One retry for ten tasks, and ten at any time.
		{"with a budget", []pool.Option{pool.WithRetryBudget(0.1, 10)}},
	} {
		server := newServer(nil)
		client, shutdown, err := serve(server)
		if err != nil {
			return err
		}
		defer shutdown()
		refused, err := outage(ctx, cfg, client, budget.opts...)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "100 tasks, the server is down, %s: %d requests, %d retries refused\n", budget.name, server.requests(), refused)
	}
	return nil
}

// newPool returns a pool with retries that suit HTTP requests.
func newPool(cfg config, opts ...pool.Option) *pool.WorkerPool {
	return pool.New(pool.Config{Workers: cfg.workers}, append([]pool.Option{
		pool.WithRetry(cfg.retries, cfg.delay),
		// The delay doubles each time. Jitter removes up to half of it, so that
		// requests that failed together are not retried together.
		pool.WithBackoff(pool.Backoff{Factor: 2, Max: 5 * time.Second, Jitter: 0.5}),
		pool.WithRetryAfter(retryAfter), // the server's Retry-After wins
		pool.WithRetryIf(transient),
		pool.WithTaskTimeout(cfg.timeout), // of each run
	}, opts...)...)
}

// fetchAll fetches each document, and writes the outcomes.
func fetchAll(ctx context.Context, out io.Writer, cfg config, client *http.Client) (err error) {
	p := newPool(cfg)
	if err := p.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop(ctx)) }()

	began := time.Now()
	results := make(chan pool.Result, len(documents))
	var mostWaiting highest
	for _, d := range documents {
		opts := []pool.TaskOption{
			pool.WithTaskID(d.path),
			pool.WithTaskCallback(func(r pool.Result) { results <- r }),
		}
		if d.retries > 0 {
			opts = append(opts, pool.WithTaskRetry(d.retries)) // Override: so many for this task
		}
		if err := p.Submit(pool.NewTask(func(ctx context.Context) (any, error) {
			mostWaiting.note(p.Stats().WaitingRetries)
			return get(ctx, client, d.path) // May fail transiently
		}, opts...)); err != nil {
			return err
		}
	}
	if err := p.Wait(); err != nil {
		return err
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	took := time.Since(began)
	close(results)

	outcomes := map[string]pool.Result{}
	for r := range results {
		outcomes[r.TaskID] = r
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "document\tthe server\truns\toutcome")
	for _, d := range documents {
		r := outcomes[d.path]
		outcome := fmt.Sprintf("%q", r.Value)
		if r.Error != nil {
			outcome = r.Error.Error()
		}
		fmt.Fprintf(table, "%s\t%s\t%d\t%s\n", d.path, d.story, r.Runs, outcome)
	}
	table.Flush()

	s := p.Stats()
	fmt.Fprintf(out, "%d retries in %v, up to %d of them waiting at a time; workers: %d, busy for %v in all\n\n",
		s.Retries, took.Round(time.Millisecond), mostWaiting.n, s.Workers, s.TotalDuration.Round(time.Millisecond))
	return nil
}

// outage requests a hundred documents from a server that is down, and returns how
// many tasks were refused a retry by the budget.
func outage(ctx context.Context, cfg config, client *http.Client, opts ...pool.Option) (refused int, err error) {
	p := newPool(cfg, opts...)
	if err := p.Start(ctx); err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, p.Stop(ctx)) }()

	const tasks = 100
	outcomes := make(chan error, tasks)
	for i := range tasks {
		if err := p.Submit(pool.NewTask(func(ctx context.Context) (any, error) {
			return get(ctx, client, "/"+strconv.Itoa(i))
		}, pool.WithTaskCallback(func(r pool.Result) { outcomes <- r.Error }))); err != nil {
			return 0, err
		}
	}
	for range tasks {
		if errors.Is(<-outcomes, pool.ErrRetryBudget) {
			refused++
		}
	}
	return refused, ctx.Err()
}

// A highest holds the maximum of the noted numbers.
type highest struct {
	mu sync.Mutex
	n  int
}

func (h *highest) note(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n = max(h.n, n)
}

// A statusError is a response without the document.
type statusError struct {
	code  int
	after time.Duration // the delay before a retry
	told  bool          // whether the server sent one
}

func (e *statusError) Error() string { return fmt.Sprintf("%d %s", e.code, http.StatusText(e.code)) }

// get returns the document. It is idempotent.
func get(ctx context.Context, client *http.Client, path string) (string, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://documents.test"+path, nil)
	if err != nil {
		return "", err
	}
	resp, err := client.Do(req)
	if err != nil {
		return "", err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		e := &statusError{code: resp.StatusCode}
		if seconds, err := strconv.Atoi(resp.Header.Get("Retry-After")); err == nil {
			e.after, e.told = time.Duration(seconds)*time.Second, true
		}
		return "", e
	}
	content, err := io.ReadAll(resp.Body)
	return string(content), err
}

// transient reports whether a retry may succeed.
func transient(err error) bool {
	var status *statusError
	if !errors.As(err, &status) {
		return true // no response: a cut connection or a timeout
	}
	switch status.code {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter returns the delay that the server sent, if any.
func retryAfter(err error) (time.Duration, bool) {
	var status *statusError
	if !errors.As(err, &status) {
		return 0, false
	}
	return status.after, status.told
}
