// Command batch prints the SHA-256 of every file below the given folders, in the
// format of sha256sum. It hashes them on a pool of workers.
//
//	go run ./pool/examples/batch [flags] [folder or file …]
//
// Without a folder it takes Go's own source tree. Progress, a summary and errors
// go to standard error. The sums, one line a file and sorted by path, go to
// standard output, unless that is a terminal: there they are shown with -sums -.
//
// Links to files are hashed under the link's own name, as by sha256sum. Links to
// folders are not followed, except those named on the command line. Devices,
// sockets, pipes and the file of the sums are left out.
//
// Ctrl-C stops it. Queued files may finish within -grace; files still being read
// after that are given up. A second Ctrl-C ends it at once.
//
// The exit status is 0 if every file was hashed, 1 if one could not be, 2 for a
// wrong flag and 130 after Ctrl-C. (go run turns all but 0 into 1.)
//
// For comparison, -engine does the same work without a pool: with goroutines that
// share a channel, or with a goroutine for each file.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"time"

	"github.com/mattn/go-isatty"
)

func main() {
	ctx, cancel := context.WithCancel(context.Background())
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	go func() {
		<-interrupts
		signal.Stop(interrupts) // first, so that a second Ctrl-C ends the program
		cancel()
	}()
	os.Exit(run(ctx, os.Args[1:], os.Stdout, os.Stderr))
}

// The exit statuses.
const (
	exitOK          = 0
	exitErrors      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell reports a program that Ctrl-C ended
)

// run is the program. It ends early when ctx does, and returns the exit status.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) int {
	cfg, help, err := parse(args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprint(stderr, help)
		return exitOK
	case err != nil:
		complain(stderr, fmt.Errorf("%w (batch -h lists the flags)", err))
		return exitUsage
	}
	sums, err := openSums(cfg.sums, stdout)
	if err != nil {
		complain(stderr, err)
		return exitErrors
	}
	announced := announce(ctx, stderr, cfg.grace)
	files := list(ctx, cfg.roots, sums.info)

	working, abort := context.WithCancel(ctx)
	defer abort()
	ledger := newLedger(files.files, sums, abort)

	bar := newBar(stderr, isTerminal(stderr) && !isTerminal(sums), files.bytes())
	began := time.Now()
	hasher := newHasher(openFile, bar.add)
	note, err := cfg.engine.run(working, batch{
		n:     len(files.files),
		name:  func(i int) string { return files.files[i].path },
		job:   func(ctx context.Context, i int) (digest, error) { return hasher.sum(ctx, files.files[i].path) },
		done:  ledger.done,
		grace: cfg.grace,
	})
	took := time.Since(began)
	bar.finish()
	announced()
	err = errors.Join(err, ledger.close())

	report := report{
		roots:   cfg.roots,
		files:   files,
		ledger:  ledger,
		err:     err,
		took:    took,
		read:    hasher.bytes.Load(),
		engine:  cfg.engineName,
		workers: cfg.workers,
		note:    note,
		hidden:  sums.hidden,
	}
	if n, _ := ledger.left(); n > 0 || files.cut {
		report.interrupted = ctx.Err() != nil
	}
	report.write(stderr)
	return report.exit()
}

// announce writes a message when ctx ends. The returned function ends that, and
// returns after a message that is being written.
func announce(ctx context.Context, stderr io.Writer, grace time.Duration) (stop func()) {
	said := make(chan struct{})
	unwatch := context.AfterFunc(ctx, func() {
		defer close(said)
		if isTerminal(stderr) {
			fmt.Fprintln(stderr) // after the bar and the ^C
		}
		fmt.Fprintf(stderr, "batch: stopping: queued files may take %v more; a second Ctrl-C ends it at once\n", grace)
	})
	return func() {
		if !unwatch() {
			<-said
		}
	}
}

// A config holds the settings of the command line.
type config struct {
	roots      []string
	engineName string
	engine     engine
	workers    int
	sums       string
	grace      time.Duration
}

// parse returns the settings in args, or an error. For -h the error is flag.ErrHelp
// and help is the text to show.
func parse(args []string) (cfg config, help string, err error) {
	var queue int
	flags := flag.NewFlagSet("batch", flag.ContinueOnError)
	flags.SetOutput(io.Discard) // the caller shows the error
	flags.StringVar(&cfg.engineName, "engine", "pool", "the `name` of the engine: "+strings.Join(engineNames, ", "))
	flags.IntVar(&cfg.workers, "workers", defaultWorkers(), "how many files are read at a time")
	flags.IntVar(&queue, "queue", 1024, "how many files may wait for a worker; goroutines have no queue")
	flags.StringVar(&cfg.sums, "sums", "", "the `file` to write the sums to, - for standard output (default -, unless that is a terminal)")
	flags.DurationVar(&cfg.grace, "grace", time.Second, "how long files already queued may take after Ctrl-C")
	if err := flags.Parse(args); err != nil {
		return cfg, usage(flags), err
	}
	for _, size := range []struct {
		flag  string
		value int
	}{{"-workers", cfg.workers}, {"-queue", queue}} {
		if size.value < 1 {
			return cfg, "", fmt.Errorf("%s %d: must be at least 1", size.flag, size.value)
		}
	}
	if cfg.grace < 0 {
		return cfg, "", fmt.Errorf("-grace %v: must not be negative", cfg.grace)
	}
	if cfg.engine, err = newEngine(cfg.engineName, cfg.workers, queue); err != nil {
		return cfg, "", err
	}
	if cfg.roots = flags.Args(); len(cfg.roots) == 0 {
		src, err := goSource()
		if err != nil {
			return cfg, "", err
		}
		cfg.roots = []string{src}
	}
	return cfg, "", nil
}

func usage(flags *flag.FlagSet) string {
	text := new(strings.Builder)
	fmt.Fprintln(text, "usage: batch [flags] [folder or file …]")
	fmt.Fprintln(text, "Prints the SHA-256 of every file below the folders; of Go's own source if none is given.")
	flags.SetOutput(text)
	flags.PrintDefaults()
	return text.String()
}

// goSource returns the folder of Go's own source.
func goSource() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	root := strings.TrimSpace(string(out))
	if err == nil && root == "" {
		err = errors.New("it is empty")
	}
	if err != nil {
		return "", fmt.Errorf("no folder given, and no Go source found: go env GOROOT: %w", err)
	}
	return filepath.Join(root, "src"), nil
}

// sums is the destination of the sums.
type sums struct {
	io.Writer
	close  func() error
	info   os.FileInfo // of the file, nil if the destination is not a file
	hidden bool        // discarded, so as not to flood a terminal
}

func openSums(path string, stdout io.Writer) (*sums, error) {
	keep := func() error { return nil }
	switch {
	case path == "" && isTerminal(stdout):
		return &sums{Writer: io.Discard, close: keep, hidden: true}, nil
	case path == "" || path == "-":
		s := &sums{Writer: stdout, close: keep}
		if f, ok := stdout.(*os.File); ok {
			s.info, _ = f.Stat()
		}
		return s, nil
	}
	f, err := os.Create(path)
	if err != nil {
		return nil, fmt.Errorf("-sums %s: %w", path, reason(err))
	}
	info, err := f.Stat()
	if err != nil {
		return nil, errors.Join(fmt.Errorf("-sums %s: %w", path, reason(err)), f.Close())
	}
	return &sums{Writer: f, close: f.Close, info: info}, nil
}

// isTerminal reports whether w, or what it writes to, is a terminal.
func isTerminal(w io.Writer) bool {
	if s, ok := w.(*sums); ok {
		w = s.Writer
	}
	f, ok := w.(*os.File)
	return ok && isatty.IsTerminal(f.Fd())
}

func complain(stderr io.Writer, err error) {
	fmt.Fprintf(stderr, "batch: %v\n", err)
}
