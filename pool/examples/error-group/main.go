// Command error-group fetches the parts of a web page from several services at
// once. Some of the services fail. First the page needs all parts: the first error
// cancels the group, which gives up the parts being fetched and never requests the
// others. Then the page needs as many parts as possible, and all errors.
//
//	go run ./pool/examples/error-group [flags]
//
// The services run in the program. Both groups share one pool and its limit, as
// requests to one server do.
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
	"text/tabwriter"
	"time"

	"github.com/user/millrace/pool"
)

func main() {
	var cfg config
	flag.IntVar(&cfg.workers, "workers", 2, "how many parts are fetched at a time")
	flag.DurationVar(&cfg.timeout, "timeout", 300*time.Millisecond, "how long a part may take")
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
		fmt.Fprintln(os.Stderr, "error-group:", err)
		os.Exit(1)
	}
}

// A config holds the settings of the command line.
type config struct {
	workers int
	timeout time.Duration
}

// run fetches the page twice, with each kind of group. serve starts a server and returns a client for
// it.
func run(ctx context.Context, out io.Writer, cfg config, serve func(http.Handler) (*http.Client, func(), error)) (err error) {
	client, shutdown, err := serve(services())
	if err != nil {
		return err
	}
	defer shutdown()
	p := pool.New(pool.Config{Workers: cfg.workers})
	if err := p.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, p.Stop(ctx)) }()

	for _, way := range []struct {
		name string
		opts []pool.GroupOption
	}{
		{"The first error ends the group:", nil},
		{"With all errors:", []pool.GroupOption{pool.WithAllErrors()}},
	} {
		parts, err := fetchPage(ctx, p, client, cfg.timeout, way.opts...)
		if err := ctx.Err(); err != nil {
			return err
		}
		report(out, way.name, parts, err)
	}
	return nil
}

// A part is the outcome of one part of the page.
type part struct {
	path    string
	asked   bool
	content []byte
	err     error
	ended   error // the error of its context after the request
}

// fetchPage fetches all parts, and returns what the group's Wait returned.
func fetchPage(ctx context.Context, p *pool.WorkerPool, client *http.Client, timeout time.Duration, opts ...pool.GroupOption) ([]part, error) {
	// Create error group, which also ends with the request for the page
	g := pool.NewGroup(p, append(opts, pool.WithGroupContext(ctx))...)

	// Submit tasks
	parts := make([]part, len(paths))
	for i, path := range paths {
		part := &parts[i] // only this member uses it, so it needs no lock
		part.path = path
		g.Go(func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, timeout)
			defer cancel()
			part.asked = true
			part.content, part.err = get(ctx, client, path)
			part.ended = ctx.Err()
			return part.err
		})
	}

	// Wait for all, return first error
	err := g.Wait()
	return parts, err // no member is running
}

// get makes one request.
func get(ctx context.Context, client *http.Client, path string) ([]byte, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://services.test"+path, nil)
	if err != nil {
		return nil, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", path, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

// report writes the outcome of each part, and the group's error.
func report(out io.Writer, title string, parts []part, err error) {
	fmt.Fprintln(out, title)
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	for _, p := range parts {
		fmt.Fprintf(table, "  %s\t%s\n", p.path, p.outcome())
	}
	table.Flush()
	fmt.Fprintf(out, "Wait returned:\n%v\n\n", err)
}

func (p *part) outcome() string {
	switch {
	case !p.asked:
		return "never requested"
	case p.err == nil:
		return fmt.Sprintf("%d bytes", len(p.content))
	case errors.Is(p.ended, context.Canceled):
		return "given up"
	case errors.Is(p.ended, context.DeadlineExceeded):
		return "timed out"
	default:
		return "failed"
	}
}
