// Command retry gets documents from a server that fails in the ways servers do,
// and shows how often each was asked for, and what came of it.
//
//	go run ./pool/examples/retry [flags]
//
// The server runs in the program. It is overloaded and says when to come back, it
// cuts connections, it hangs, and it is plainly down. What may pass is tried again,
// each time after a longer while, during which the worker does something else.
// What will not pass, a document that does not exist, is not.
//
// Then all of the server is down for many clients at once: without a budget for
// retries they only add to its load.
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
	flag.IntVar(&cfg.workers, "workers", 2, "how many documents are asked for at a time")
	flag.IntVar(&cfg.retries, "retries", 3, "how often a document is asked for again")
	flag.DurationVar(&cfg.delay, "delay", 50*time.Millisecond, "how long to wait before the first retry")
	flag.DurationVar(&cfg.timeout, "timeout", 200*time.Millisecond, "how long an answer may take")
	flag.Parse()
	if flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second one ends the program at once
	err := run(ctx, os.Stdout, cfg, loopback)
	switch {
	case ctx.Err() != nil:
		os.Exit(130) // what a shell shows for a program that Ctrl-C ended
	case err != nil:
		fmt.Fprintln(os.Stderr, "retry:", err)
		os.Exit(1)
	}
}

// A config is what the command line asks for.
type config struct {
	workers, retries int
	delay, timeout   time.Duration
}

// run gets the documents, and then those of a server that is down. serve starts a
// server and returns a client of it.
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
		fmt.Fprintf(out, "100 tasks, all of the server down, %s: %d requests, %d retries refused\n", budget.name, server.requests(), refused)
	}
	return nil
}

// newPool returns a pool whose tasks are tried again as HTTP requests should be.
func newPool(cfg config, opts ...pool.Option) *pool.WorkerPool {
	return pool.New(pool.Config{Workers: cfg.workers}, append([]pool.Option{
		pool.WithRetry(cfg.retries, cfg.delay),
		// Twice as long each time, and up to half less, so that those who failed
		// together do not come back together.
		pool.WithBackoff(pool.Backoff{Factor: 2, Max: 5 * time.Second, Jitter: 0.5}),
		pool.WithRetryAfter(retryAfter), // where the server says when, that
		pool.WithRetryIf(transient),
		pool.WithTaskTimeout(cfg.timeout), // of each run
	}, opts...)...)
}

// fetchAll gets each document, and says how it went.
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
	fmt.Fprintf(out, "%d retries in %v, up to %d of them waited for at a time; busy workers: %d, for %v in all\n\n",
		s.Retries, took.Round(time.Millisecond), mostWaiting.n, s.Workers, s.TotalDuration.Round(time.Millisecond))
	return nil
}

// outage asks for a hundred documents that nobody serves, and returns how many
// tasks were refused another run for want of a budget.
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

// A highest keeps the largest of some numbers.
type highest struct {
	mu sync.Mutex
	n  int
}

func (h *highest) note(n int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.n = max(h.n, n)
}

// A statusError is an answer that is not the document.
type statusError struct {
	code  int
	after time.Duration // when to come back
	told  bool          // whether the server said so
}

func (e *statusError) Error() string { return fmt.Sprintf("%d %s", e.code, http.StatusText(e.code)) }

// get returns the document. It only reads, so it may be called any number of times.
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

// transient reports whether it may help to try again.
func transient(err error) bool {
	var status *statusError
	if !errors.As(err, &status) {
		return true // no answer at all: a cut connection, or none in time
	}
	switch status.code {
	case http.StatusTooManyRequests, http.StatusBadGateway, http.StatusServiceUnavailable, http.StatusGatewayTimeout:
		return true
	}
	return false
}

// retryAfter returns when to try again, if the server said so.
func retryAfter(err error) (time.Duration, bool) {
	var status *statusError
	if !errors.As(err, &status) {
		return 0, false
	}
	return status.after, status.told
}
