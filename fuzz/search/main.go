// Search runs the fuzz targets until they find nothing new. Each runs for at least ten
// minutes, and until the inputs of the second half of its time cover no statement of the
// library that those of the first half did not.
//
//	go run ./fuzz/search
//
// It prints a table row for each target. Go's fuzzer counts how often each branch was
// taken, rounded to powers of two. In code that spins, steals and draws random numbers it
// therefore finds new inputs almost forever; the table has that count too. Inputs stay in
// Go's cache, and the next search begins with them. The exit status is 1 if a target fails
// or still reaches new statements when its time is up. The failing input is in
// testdata/fuzz of its package.
package main

import (
	"bufio"
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
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
	scratch     string // folder of the built tests
	cache       string // folder of the inputs
}

// A target is a fuzz function of a package.
type target struct{ name, path, dir string }

func (s *search) run(ctx context.Context, match *regexp.Regexp) error {
	var err error
	if s.scratch, err = os.MkdirTemp("", "search-"); err != nil {
		return err
	}
	defer os.RemoveAll(s.scratch)
	cache, err := output(ctx, "go", "env", "GOCACHE")
	if err != nil {
		return err
	}
	s.cache = filepath.Join(strings.TrimSpace(cache), "fuzz")
	targets, err := list(ctx)
	if err != nil {
		return err
	}
	fmt.Println("| target | time | executions | inputs, of them new | statements | of them after half the time |\n| --- | ---: | ---: | ---: | ---: | ---: |")
	var failed []string
	for _, t := range targets {
		if !match.MatchString(t.name) || ctx.Err() != nil {
			continue
		}
		p, err := s.fuzz(ctx, t)
		fmt.Printf("| %s | %v | %d | %d, %d | %d | %d |\n", t.name, p.elapsed, p.execs, p.inputs, p.found, p.covered, p.late)
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

// A progress is the fuzzer's output and the coverage of its inputs.
type progress struct {
	elapsed       time.Duration
	execs         int64
	found, inputs int // since the start; in total
	rest          strings.Builder

	covered, late int // statements; those that only inputs of the second half reach
	lateAt        []string
}

// fuzz runs one target until it finds nothing new, fails, or its time is up.
func (s *search) fuzz(ctx context.Context, t target) (*progress, error) {
	p := new(progress)
	binary, covered := filepath.Join(s.scratch, t.name), filepath.Join(s.scratch, t.name+".cover")
	// Built as go test -cover does.
	if _, err := output(ctx, "go", "test", "-c", "-fuzz=^"+t.name+"$", "-o", binary, t.path); err != nil {
		return p, err
	}
	if _, err := output(ctx, "go", "test", "-c", "-coverpkg=github.com/user/millrace/...", "-o", covered, t.path); err != nil {
		return p, err
	}
	inputs := filepath.Join(s.cache, t.path)
	cmd := exec.CommandContext(ctx, binary, "-test.run=^$", "-test.fuzz=^"+t.name+"$",
		"-test.fuzztime="+s.most.String(), "-test.fuzzminimizetime=5s",
		"-test.parallel="+strconv.Itoa(s.parallel), "-test.fuzzcachedir="+inputs)
	cmd.Dir = t.dir
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	out, err := cmd.StdoutPipe()
	if err != nil {
		return p, err
	}
	cmd.Stderr = cmd.Stdout
	begin := time.Now()
	if err := cmd.Start(); err != nil {
		return p, err
	}
	ended := false
	check := s.least
	for lines := bufio.NewScanner(out); lines.Scan(); {
		p.read(lines.Text())
		if ended || p.elapsed < check {
			continue
		}
		check = p.elapsed * 3 / 2
		if err := p.cover(ctx, covered, filepath.Join(inputs, t.name), t.name, begin.Add(p.elapsed/2)); err != nil {
			fmt.Fprintln(&p.rest, err)
		} else if p.late == 0 {
			ended = true
			cmd.Process.Signal(os.Interrupt)
		}
	}
	if err := cmd.Wait(); err != nil && !ended {
		return p, err
	}
	if !ended {
		return p, fmt.Errorf("the last half still reached %d new statements:\n%s", p.late, strings.Join(p.lateAt, "\n"))
	}
	return p, nil
}

// cover counts the statements that the inputs cover, and those that only inputs found after
// half the time cover.
func (p *progress) cover(ctx context.Context, binary, inputs, target string, half time.Time) error {
	all, err := statements(ctx, binary, inputs, target, time.Now())
	if err != nil {
		return err
	}
	p.covered = total(all)
	late := all
	for turn := 0; turn < 10 && len(late) > 0; turn++ { // statements covered by chance must not count as late
		early, err := statements(ctx, binary, inputs, target, half)
		if err != nil {
			return err
		}
		for block := range early {
			delete(late, block)
		}
	}
	p.late, p.lateAt = total(late), slices.Sorted(maps.Keys(late))
	return nil
}

// total returns the number of statements of the blocks.
func total(blocks map[string]int) (n int) {
	for _, statements := range blocks {
		n += statements
	}
	return n
}

// statements runs a target on its seeds and on the inputs found before a time. It returns
// the covered blocks of code with their numbers of statements.
func statements(ctx context.Context, binary, inputs, target string, before time.Time) (map[string]int, error) {
	dir, err := os.MkdirTemp("", "cover-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	seeds := filepath.Join(dir, "testdata", "fuzz", target)
	if err := os.MkdirAll(seeds, 0o777); err != nil {
		return nil, err
	}
	files, err := os.ReadDir(inputs)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		return nil, err
	}
	for _, f := range files {
		if info, err := f.Info(); err == nil && info.ModTime().Before(before) {
			if err := os.Symlink(filepath.Join(inputs, f.Name()), filepath.Join(seeds, f.Name())); err != nil {
				return nil, err
			}
		}
	}
	profile := filepath.Join(dir, "profile")
	cmd := exec.CommandContext(ctx, binary, "-test.run=^"+target+"$", "-test.coverprofile="+profile)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, out)
	}
	data, err := os.ReadFile(profile)
	if err != nil {
		return nil, err
	}
	// A line is "file:from,to statements count", after a first one with the mode.
	blocks := map[string]int{}
	for line := range strings.Lines(string(data)) {
		fields := strings.Fields(line)
		if len(fields) != 3 || fields[2] == "0" {
			continue
		}
		blocks[fields[0]], _ = strconv.Atoi(fields[1])
	}
	return blocks, nil
}

var status = regexp.MustCompile(`^fuzz: elapsed: (\S+), execs: (\d+) .*new interesting: (\d+) \(total: (\d+)\)`)

// read parses a line that the fuzzer printed.
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
	p.found, _ = strconv.Atoi(m[3])
	p.inputs, _ = strconv.Atoi(m[4])
}
