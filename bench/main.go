// Bench compares millrace with other ways to run functions on workers, and writes a
// report:
//
//	go run ./bench                                  the short version, three minutes on two processors
//	go run ./bench -full                            every size of every case
//	go run ./bench -targets                         what millrace is to reach, twenty minutes
//	go run ./bench -cases noop,latency -impls millrace,channel
//	go run ./bench -compare bench/results/…/results.json
//
// The report is a folder: report.html, report.md, results.json with every sample, and
// benchmarks.txt for benchstat.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/run"
)

func main() {
	if run.Child() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := compare(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil {
		if !errors.Is(err, flag.ErrHelp) {
			fmt.Fprintln(os.Stderr, "bench:", err)
		}
		os.Exit(1)
	}
}

// A names flag is a list, with commas between.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(s string) error {
	*n = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	return nil
}

// compare is the program.
func compare(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	cfg := run.Config{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&cfg.Full, "full", false, "measure every size of every case, for hours")
	flags.BoolVar(&cfg.Targets, "targets", false, "measure what the targets of the report need, and nothing else")
	flags.Var((*names)(&cfg.Cases), "cases", "the `names` of the cases, with commas between; default all")
	flags.Var((*names)(&cfg.Impls), "impls", "the `names` of the implementations, with commas between; default all")
	flags.IntVar(&cfg.Runs, "runs", 0, "how often each cell is visited; six measurements at least are needed to judge, of which a visit takes one or four; default 6, with -full or -targets 12")
	flags.DurationVar(&cfg.Length, "length", 0, "how long a visit measures a cell; default 40ms, with -full 200ms")
	out := flags.String("out", "", "the `folder` for the report; default bench-report-DATE-TIME")
	old := flags.String("compare", "", "also tell what changed since this results.json")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	if err := defaults(&cfg); err != nil {
		return err
	}
	var before *report.Results
	if *old != "" {
		var err error
		if before, err = report.Load(*old); err != nil {
			return err
		}
	}
	if *out == "" {
		*out = "bench-report-" + time.Now().Format("2006-01-02-150405")
	}
	if err := writable(*out); err != nil { // before minutes are spent
		return err
	}

	bar := newBar(stderr)
	cfg.Told = bar.tell
	results, err := run.Run(ctx, cfg)
	bar.finish()
	if err != nil {
		return err
	}
	if err := report.Write(*out, results, before); err != nil {
		return err
	}
	if err := report.Summary(stdout, results, before); err != nil {
		return err
	}
	fmt.Fprintln(stdout, filepath.Join(*out, "report.html"))
	if results.Interrupted {
		return errors.New("interrupted: the report has what was measured until then")
	}
	return nil
}

func defaults(cfg *run.Config) error {
	runs, length := 6, 40*time.Millisecond
	switch {
	case cfg.Full && cfg.Targets:
		return errors.New("-full and -targets measure different sizes")
	case cfg.Full:
		runs, length = 12, 200*time.Millisecond
	case cfg.Targets:
		runs = 12
	}
	switch {
	case cfg.Runs < 0:
		return fmt.Errorf("-runs %d: is negative", cfg.Runs)
	case cfg.Length < 0:
		return fmt.Errorf("-length %v: is negative", cfg.Length)
	}
	if cfg.Runs == 0 {
		cfg.Runs = runs
	}
	if cfg.Length == 0 {
		cfg.Length = length
	}
	return nil
}

// writable makes the folder, and returns an error if nothing can be written there.
func writable(dir string) error {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	probe, err := os.CreateTemp(dir, ".probe-")
	if err != nil {
		return err
	}
	probe.Close()
	return os.Remove(probe.Name())
}

// A bar shows how far the run is and how long it will take.
type bar struct {
	out  io.Writer
	made *progressbar.ProgressBar
}

func newBar(out io.Writer) *bar { return &bar{out: out} }

func (b *bar) tell(p run.Progress) {
	if b.made == nil {
		b.made = progressbar.NewOptions(p.Total,
			progressbar.OptionSetWriter(b.out), progressbar.OptionSetPredictTime(false),
			progressbar.OptionShowCount(), progressbar.OptionFullWidth(), progressbar.OptionThrottle(100*time.Millisecond))
	}
	b.made.Describe(fmt.Sprintf("%v left, %s", p.Left.Round(time.Second), p.Cell))
	_ = b.made.Set(p.Done)
}

func (b *bar) finish() {
	if b.made != nil {
		_ = b.made.Finish()
		fmt.Fprintln(b.out)
	}
}
