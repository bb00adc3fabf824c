// Search lets the fuzz targets run until they find nothing new: each for ten minutes
// at least, and until the second half of its time covered no more code than the first.
//
//	go run ./fuzz/search
//
// It prints a row of a table for each. The inputs that covered something new stay in Go's
// cache, where the next search begins with them. A target that fails, or that still
// finds something when its time is up, makes the exit status 1; the failing
// input lies below testdata/fuzz of its package, and what was printed stands above.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

func main() {
	s := search{}
	only := flag.String("only", "", "the targets whose name matches this")
	flag.DurationVar(&s.least, "for", 10*time.Minute, "how long each runs at least")
	flag.DurationVar(&s.most, "most", time.Hour, "how long each runs at most")
	flag.IntVar(&s.parallel, "parallel", runtime.GOMAXPROCS(0), "how many inputs run at a time")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	match, err := regexp.Compile(*only)
	if err == nil {
		err = s.run(ctx, match)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "search:", err)
		os.Exit(1)
	}
}

type search struct {
	least, most time.Duration
	parallel    int
	binaries    string // a folder for the built tests
	cache       string // of inputs
}

// A target is a fuzz function of a package.
type target struct{ name, path, dir string }

func (s *search) run(ctx context.Context, match *regexp.Regexp) error {
	var err error
	if s.binaries, err = os.MkdirTemp("", "search-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.binaries)
	cache, err := output(ctx, "go", "env", "GOCACHE")
	if err != nil {
		return err
	}
	s.cache = filepath.Join(strings.TrimSpace(cache), "fuzz")
	targets, err := list(ctx)
	if err != nil {
		return err
	}
	fmt.Println("| target | time | executions | last new input after | inputs |\n| --- | ---: | ---: | ---: | ---: |")
	var failed []string
	for _, t := range targets {
		if !match.MatchString(t.name) || ctx.Err() != nil {
			continue
		}
		p, err := s.fuzz(ctx, t)
		fmt.Printf("| %s | %v | %d | %v | %d |\n", t.name, p.elapsed, p.execs, p.newAt, p.inputs)
		if err != nil {
			fmt.Fprintf(os.Stderr, "%s: %v\n%s\n", t.name, err, p.rest.String())
			failed = append(failed, t.name)
		}
	}
	if failed != nil {
		return errors.New("failed: " + strings.Join(failed, ", "))
	}
	return ctx.Err()
}

// list returns the targets of all modules of the workspace.
func list(ctx context.Context) ([]target, error) {
	dirs, err := output(ctx, "go", "list", "-f", "{{.ImportPath}} {{.Dir}}", "work")
	if err != nil {
		return nil, err
	}
	dir := map[string]string{}
	for line := range strings.Lines(dirs) {
		path, at, _ := strings.Cut(strings.TrimSpace(line), " ")
		dir[path] = at
	}
	// The names of a package's targets come first, then a line with the package.
	names, err := output(ctx, "go", "test", "-list=^Fuzz", "work")
	if err != nil {
		return nil, err
	}
	var all, ofPackage []target
	for line := range strings.Lines(names) {
		switch fields := strings.Fields(line); {
		case strings.HasPrefix(line, "Fuzz"):
			ofPackage = append(ofPackage, target{name: fields[0]})
		case fields[0] == "ok":
			for _, t := range ofPackage {
				all = append(all, target{t.name, fields[1], dir[fields[1]]})
			}
			ofPackage = nil
		}
	}
	return all, nil
}

func output(ctx context.Context, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		err = fmt.Errorf("%s: %w", strings.Join(cmd.Args, " "), err)
	}
	return string(out), err
}

// A progress is what the fuzzer has told of itself.
type progress struct {
	elapsed, newAt time.Duration // newAt is when it last covered something new
	execs          int64
	found, inputs  int // since the begin, in all
	rest           strings.Builder
}

// enough reports whether the second half of at least the given time found nothing.
func (p *progress) enough(least time.Duration) bool {
	return p.elapsed >= least && p.newAt <= p.elapsed/2
}

// fuzz runs one target until it is enough, it fails, or its time is up.
func (s *search) fuzz(ctx context.Context, t target) (*progress, error) {
	p := new(progress)
	// Built as go test would: with the counters of what was covered.
	binary := filepath.Join(s.binaries, t.name)
	if _, err := output(ctx, "go", "test", "-c", "-fuzz=^"+t.name+"$", "-o", binary, t.path); err != nil {
		return p, err
	}
	cmd := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.fuzz=^"+t.name+"$",
		"-test.fuzztime="+s.most.String(), "-test.fuzzminimizetime=5s",
		"-test.parallel="+strconv.Itoa(s.parallel), "-test.fuzzcachedir="+filepath.Join(s.cache, t.path))
	cmd.Dir = t.dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return p, err
	}
	cmd.Stderr = cmd.Stdout
	if err := cmd.Start(); err != nil {
		return p, err
	}
	ended := false
	for lines := bufio.NewScanner(out); lines.Scan(); {
		p.read(lines.Text())
		if !ended && p.enough(s.least) {
			ended = true
			cmd.Process.Signal(syscall.SIGINT)
		}
	}
	if err := cmd.Wait(); err != nil && !ended {
		return p, err
	}
	if !p.enough(s.least) {
		return p, fmt.Errorf("still finds something new after %v", p.newAt)
	}
	return p, nil
}

var status = regexp.MustCompile(`^fuzz: elapsed: (\S+), execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)

// read takes in a line that the fuzzer printed.
func (p *progress) read(line string) {
	m := status.FindStringSubmatch(line)
	if m == nil {
		if !strings.HasPrefix(line, "fuzz: elapsed") {
			fmt.Fprintln(&p.rest, line)
		}
		return
	}
	p.elapsed, _ = time.ParseDuration(m[1])
	p.execs, _ = strconv.ParseInt(m[2], 10, 64)
	found, _ := strconv.Atoi(m[3])
	p.inputs, _ = strconv.Atoi(m[4])
	if found > p.found {
		p.found, p.newAt = found, p.elapsed
	}
}
