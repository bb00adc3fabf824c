// Command rate-limit calls an API that limits the requests in a second: first as
// fast as possible, then at a rate below the limit. It shows how many requests are
// refused each time.
//
//	go run ./pool/examples/rate-limit [flags]
//
// The API runs in the program and answers 429 to each request above its limit. The
// sum of rate and burst must stay below that limit, because a second that begins
// with a burst has both. A higher rate shows refused requests:
//
//	go run ./pool/examples/rate-limit -rate 150
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
	"sync/atomic"
	"time"

	"github.com/user/millrace/pool"
)

func main() {
	var cfg config
	flag.IntVar(&cfg.calls, "calls", 200, "how many requests to make")
	flag.IntVar(&cfg.limit, "limit", 100, "how many requests the API accepts in any second")
	flag.Float64Var(&cfg.rate, "rate", 80, "how many requests to make a second")
	flag.IntVar(&cfg.burst, "burst", 5, "how many requests may be made at once after a pause")
	flag.IntVar(&cfg.workers, "workers", 4, "how many requests may be under way at a time")
	flag.Parse()
	if flag.NArg() > 0 || cfg.calls < 1 || cfg.limit < 0 {
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
		fmt.Fprintln(os.Stderr, "rate-limit:", err)
		os.Exit(1)
	}
}

// A config holds the settings of the command line.
type config struct {
	calls, limit int
	rate         float64
	burst        int
	workers      int
}

// run makes the calls without a rate limit, and then with one. serve starts a server
// and returns a client for it.
func run(ctx context.Context, out io.Writer, cfg config, serve func(http.Handler) (*http.Client, func(), error)) error {
	fmt.Fprintf(out, "an API that accepts %d requests in any second, and %d requests on %d workers\n", cfg.limit, cfg.calls, cfg.workers)
	for _, way := range []struct {
		name string
		opts []pool.Option
	}{
		{"as fast as possible", nil},
		{fmt.Sprintf("%v a second", cfg.rate), []pool.Option{
			pool.WithRateLimit(cfg.rate), // Max so many tasks per second
			pool.WithRateBurst(cfg.burst),
		}},
	} {
		api := &api{limit: cfg.limit}
		client, shutdown, err := serve(api)
		if err != nil {
			return err
		}
		defer shutdown()
		s, err := call(ctx, cfg, client, way.opts...)
		if err != nil {
			return err
		}
		fmt.Fprintf(out, "\n%s\n%v", way.name, s)
		fmt.Fprintf(out, "  most in any second: %d\n", api.peak())
	}
	return nil
}

// call makes the calls.
func call(ctx context.Context, cfg config, client *http.Client, opts ...pool.Option) (s summary, err error) {
	p := pool.New(pool.Config{Workers: cfg.workers}, opts...)
	if err := p.Start(ctx); err != nil {
		return s, err
	}
	defer func() { err = errors.Join(err, p.Stop(ctx)) }()

	// Tasks are processed at controlled rate
	var answered, refused atomic.Int64
	began := time.Now()
	for range cfg.calls {
		if err := p.SubmitFunc(func(ctx context.Context) error {
			switch status, err := get(ctx, client); {
			case err != nil:
				return err
			case status == http.StatusTooManyRequests:
				refused.Add(1)
			default:
				answered.Add(1)
			}
			return nil
		}); err != nil {
			return s, err
		}
	}
	if err := errors.Join(p.Wait(), ctx.Err()); err != nil {
		return s, err
	}
	stats := p.Stats()
	return summary{
		took:     time.Since(began),
		answered: answered.Load(),
		refused:  refused.Load(),
		busy:     stats.TotalDuration,
		workers:  stats.Workers,
	}, nil
}

// get makes one request, and returns the status of the response.
func get(ctx context.Context, client *http.Client) (status int, err error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://api.test/", nil)
	if err != nil {
		return 0, err
	}
	resp, err := client.Do(req)
	if err != nil {
		return 0, err
	}
	defer resp.Body.Close()
	_, err = io.Copy(io.Discard, resp.Body) // to reuse the connection
	return resp.StatusCode, err
}

// A summary is the outcome of all calls.
type summary struct {
	took              time.Duration
	answered, refused int64
	busy              time.Duration
	workers           int
}

func (s summary) String() string {
	calls := float64(s.answered + s.refused)
	return fmt.Sprintf("  %d answered, %d refused with 429\n  took %v: %.1f a second\n  workers busy: %.0f%% of the time\n",
		s.answered, s.refused,
		s.took.Round(time.Millisecond), calls/s.took.Seconds(),
		100*s.busy.Seconds()/s.took.Seconds()/float64(s.workers))
}
