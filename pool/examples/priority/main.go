// Command priority indexes Go's own source tree for three classes of users, and
// shows how long each class waits: without priorities, with them, and with aging.
//
//	go run ./pool/examples/priority [flags] [folder]
//
// All background files are submitted at the start. Normal ones keep coming, one for
// each file that is done, so that some are always waiting. Urgent ones come now and
// then, while a user waits for them.
//
// Without priorities a file waits for those submitted before it. The queue has
// several rings, so it may also wait for some submitted later. With priorities
// urgent files are next, and background files wait for as long as normal ones keep
// coming. With aging a file that has waited long enough starts before newer ones of
// larger priority, so that the background makes progress too.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"go/scanner"
	"go/token"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/user/millrace/pool"
)

func main() {
	var cfg config
	flag.IntVar(&cfg.workers, "workers", runtime.GOMAXPROCS(0), "how many files are indexed at a time")
	flag.IntVar(&cfg.files, "files", 2000, "how many files there are, at most")
	flag.IntVar(&cfg.urgent, "urgent", 20, "how many of them are urgent")
	flag.IntVar(&cfg.aging, "aging", 600, "how many newer files make up for one level of priority")
	flag.Parse()
	cfg.root = flag.Arg(0)

	if cfg.files < 1 || cfg.urgent < 0 || flag.NArg() > 1 {
		flag.Usage()
		os.Exit(2)
	}

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the program at once
	err := run(ctx, os.Stdout, cfg)
	switch {
	case ctx.Err() != nil:
		os.Exit(130) // as a shell reports a program that Ctrl-C ended
	case err != nil:
		fmt.Fprintln(os.Stderr, "priority:", err)
		os.Exit(1)
	}
}

// A config holds the settings of the command line.
type config struct {
	workers, files, urgent, aging int
	root                          string // where the files are; "" means Go's source
}

// run indexes the files three times, with each kind of queue.
func run(ctx context.Context, out io.Writer, cfg config) error {
	paths, err := goFiles(cfg.root, cfg.files)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, "%d files in the background, as many normal ones and %d urgent ones, on %d workers\n", len(paths), cfg.urgent, cfg.workers)

	for _, way := range []struct {
		name string
		opts []pool.Option
	}{
		{"without priorities", nil},
		{"with priorities", []pool.Option{pool.WithPriority()}},
		{fmt.Sprintf("with priorities, and aging by %d", cfg.aging), []pool.Option{pool.WithPriorityAging(cfg.aging)}},
	} {
		x := index{paths: paths, urgents: cfg.urgent}
		if err := x.build(ctx, cfg.workers, way.opts...); err != nil {
			return err
		}
		report(out, way.name, x.jobs)
	}
	return nil
}

// A class is a group of users. Its value is the priority of their tasks.
type class int

const (
	urgent     class = 10 // processed first
	normal     class = 5
	background class = 1 // processed last
)

// A job is a file to be indexed, and its outcome.
type job struct {
	class     class
	path      string
	submitted time.Time
	waited    time.Duration
	ahead     int // how many jobs had started when this one was submitted
	rank      int // its own rank among all started jobs, from 1
}

// behind returns how many jobs started while this one waited.
func (j *job) behind() int { return max(0, j.rank-j.ahead-1) }

// An index is built of files, for users of each class.
type index struct {
	paths   []string
	urgents int // how many files are urgent

	pool    *pool.WorkerPool
	started atomic.Int64
	idents  atomic.Int64 // identifiers found

	mu    sync.Mutex
	jobs  []*job
	count map[class]int
	ended int
	err   error // the first
}

// build indexes each file once in the background and once for normal users, and
// some for urgent ones.
func (x *index) build(ctx context.Context, workers int, opts ...pool.Option) (err error) {
	x.pool = pool.New(pool.Config{Workers: workers}, opts...)
	x.count = map[class]int{}
	for range x.paths {
		x.submit(background)
	}
	for range len(x.paths)/10 + 1 { // so that there are always some
		x.submit(normal)
	}
	if x.err != nil {
		return x.err
	}
	if err := x.pool.Start(ctx); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, x.pool.Stop(ctx)) }()
	return errors.Join(x.pool.Wait(), x.err)
}

// submit adds a job for the next file.
func (x *index) submit(c class) {
	j := &job{class: c, path: x.paths[len(x.jobs)%len(x.paths)], submitted: time.Now()}
	x.jobs = append(x.jobs, j)
	x.count[c]++
	err := x.pool.Submit(pool.NewTask(
		func(context.Context) (any, error) {
			j.waited = time.Since(j.submitted)
			j.rank = int(x.started.Add(1))
			found, err := identifiers(j.path)
			x.idents.Add(int64(found))
			return found, err
		},
		pool.WithTaskPriority(int(c)),
		pool.WithTaskCallback(x.done),
	))
	j.ahead = int(x.started.Load())
	x.err = cmp.Or(x.err, err)
}

// done is called by a worker at the end of each job, before it takes the next one.
// It submits the jobs that arrive then.
func (x *index) done(r pool.Result) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.ended++
	x.err = cmp.Or(x.err, r.Error)
	if x.err == nil && x.count[normal] < len(x.paths) {
		x.submit(normal)
	}
	total := 2*len(x.paths) + x.urgents
	if x.err == nil && x.count[urgent] < min(x.urgents, (x.urgents+1)*x.ended/total) { // at even intervals
		x.submit(urgent)
	}
}

// identifiers returns how many identifiers a Go file has.
func identifiers(path string) (int, error) {
	src, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	var s scanner.Scanner
	s.Init(token.NewFileSet().AddFile(path, -1, len(src)), src, nil, 0)
	found := 0
	for {
		switch _, tok, _ := s.Scan(); tok {
		case token.EOF:
			return found, nil
		case token.IDENT:
			found++
		}
	}
}

// goFiles returns the paths of up to n Go files below root.
func goFiles(root string, n int) (paths []string, err error) {
	if root == "" {
		if root, err = goSource(); err != nil {
			return nil, err
		}
	}
	err = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case len(paths) == n:
			return filepath.SkipAll
		case entry.Type().IsRegular() && filepath.Ext(path) == ".go":
			paths = append(paths, path)
		}
		return nil
	})
	if err == nil && len(paths) == 0 {
		err = fmt.Errorf("no Go files in %s", root)
	}
	return paths, err
}

// goSource returns the folder of Go's own source.
func goSource() (string, error) {
	out, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return "", fmt.Errorf("no folder given, and no Go source found: go env GOROOT: %w", err)
	}
	return filepath.Join(strings.TrimSpace(string(out)), "src"), nil
}
