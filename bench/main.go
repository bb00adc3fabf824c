// Bench compares millrace with other ways to run functions on workers, and writes a
// report:
//
//	go run ./bench                            the short version, three minutes on two processors
//	go run ./bench -full                      every size of every case, for hours
//	go run ./bench -targets                   the targets of millrace, twenty minutes
//	go run ./bench -cases noop,latency -impls millrace,channel
//	go run ./bench -compare FILE              also the changes since an earlier run
//	go run ./bench -from FILE                 the report of an earlier run
//
// The report is a folder: report.html, report.md, results.json.gz with the figures of
// every run, and benchmarks.txt for benchstat. A FILE is the results.json.gz of a report,
// such as bench/results/short/results.json.gz.
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

	"github.com/cheggaaa/pb/v3"

	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/run"
)

func main() {
	if run.Child() {
		return
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := bench(ctx, os.Args[1:], os.Stdout, os.Stderr); err != nil && !errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// A names flag is a list separated by commas.
type names []string

func (n *names) String() string { return strings.Join(*n, ",") }

func (n *names) Set(s string) error {
	*n = strings.FieldsFunc(s, func(r rune) bool { return r == ',' || r == ' ' })
	return nil
}

// bench is the program.
func bench(ctx context.Context, args []string, stdout, stderr io.Writer) error {
	cfg := run.Config{}
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.BoolVar(&cfg.Full, "full", false, "measure every size of every case; this takes hours")
	flags.BoolVar(&cfg.Targets, "targets", false, "measure only what the targets need")
	flags.Var((*names)(&cfg.Cases), "cases", "the `names` of the cases to measure, separated by commas; default all")
	flags.Var((*names)(&cfg.Impls), "impls", "the `names` of the implementations to measure, separated by commas; default all")
	flags.IntVar(&cfg.Runs, "runs", 0, "the number of visits to each cell, of one or four runs each; a comparison needs at least six runs; default 6, with -full or -targets 12")
	flags.DurationVar(&cfg.Length, "length", 0, "the `duration` of a visit; default 40ms, with -full 200ms")
	out := flags.String("out", "", "the `folder` of the report; default bench-report-DATE-TIME")
	old := flags.String("compare", "", "also report the changes since the run in this results `file`")
	from := flags.String("from", "", "write the report of the run in this results `file`, and measure nothing")
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
	if err := writable(*out); err != nil { // before the measurements
		return err
	}

	results, err := measured(ctx, cfg, *from, stderr)
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
		return errors.New("interrupted: the report is of the runs before that")
	}
	return nil
}

// measured returns the results in a file or, without one, those of a new run.
func measured(ctx context.Context, cfg run.Config, file string, stderr io.Writer) (*report.Results, error) {
	if file != "" {
		return report.Load(file)
	}
	bar := &bar{out: stderr}
	defer bar.finish()
	cfg.OnProgress = bar.update
	return run.Run(ctx, cfg)
}

func defaults(cfg *run.Config) error {
	runs, length := 6, 40*time.Millisecond
	switch {
	case cfg.Full && cfg.Targets:
		return errors.New("-full and -targets exclude each other")
	case cfg.Full:
		runs, length = 12, 200*time.Millisecond
	case cfg.Targets:
		runs = 12
	}
	switch {
	case cfg.Runs < 0:
		return fmt.Errorf("-runs = %d: must not be negative", cfg.Runs)
	case cfg.Length < 0:
		return fmt.Errorf("-length = %v: must not be negative", cfg.Length)
	}
	if cfg.Runs == 0 {
		cfg.Runs = runs
	}
	if cfg.Length == 0 {
		cfg.Length = length
	}
	return nil
}

// writable makes the folder and checks that it is writable.
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

// A bar shows the progress of a run and the time that it will still take.
type bar struct {
	out   io.Writer
	shown *pb.ProgressBar
}

const barTemplate = pb.ProgressBarTemplate(`{{counters . }} {{bar . }} {{string . "left"}} left, {{string . "cell"}}`)

func (b *bar) update(p run.Progress) {
	if b.shown == nil {
		b.shown = barTemplate.New(p.Total).SetWriter(b.out).Set(pb.ReturnSymbol, "\r").Set(pb.CleanOnFinish, true)
	}
	b.shown.Set("left", p.Left.Round(time.Second).String()).Set("cell", p.Cell)
	b.shown.SetCurrent(int64(p.Done)).Start()
}

// finish wipes the bar.
func (b *bar) finish() {
	if b.shown != nil {
		b.shown.Finish()
	}
}
