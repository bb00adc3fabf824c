// Mutate breaks a copy of the tree on purpose, in one place at a time, and demands
// that the tests notice:
//
//	go run ./fuzz/mutate -table fuzz/mutate/TABLE.md
//
// For each fault it names the first test that failed and the time until then. With -explorer
// it also counts the schedules that the explorer needs to find the fault. A fault that
// survives is a missing test, and makes the exit status 1.
//
// The test that killed a fault according to the table is tried first, then all stages.
//
// Verdicts are kept in the folder -keep for as long as the broken file stays as it is,
// so that an interrupted run continues. A survivor is tried again each time; -afresh
// tries all again.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"time"
)

func main() {
	var j job
	only := flag.String("only", "", "the faults whose name or file matches this")
	flag.StringVar(&j.root, "root", ".", "the tree to copy")
	flag.DurationVar(&j.patience, "patience", 10*time.Minute, "how long one run of tests may take, building included")
	flag.BoolVar(&j.list, "list", false, "only check that each fault finds its place and compiles")
	flag.StringVar(&j.table, "table", "", "the file to write the table to, after each fault")
	flag.StringVar((*string)(&j.kept), "keep", filepath.Join(os.TempDir(), "mutate-kept"), "folder for what was found")
	flag.IntVar(&j.workers, "workers", 1, "faults tried at a time")
	flag.BoolVar(&j.explorer, "explorer", false, "also count the schedules that the explorer needs to find each fault")
	flag.BoolVar(&j.afresh, "afresh", false, "run what was found before again")
	flag.Parse()
	match, err := regexp.Compile(*only)
	if err == nil {
		j.only = match
		err = j.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

// A job is what the flags ask for, and its results.
type job struct {
	root     string
	only     *regexp.Regexp
	patience time.Duration
	list     bool
	table    string
	kept     kept
	afresh   bool
	explorer bool
	workers  int
	hints    map[string]hint

	lock    sync.Mutex // guards the fields below
	results *table
	errs    []error
}

// commit returns the commit of a tree, or "unknown".
func commit(tree string) string {
	cmd := exec.Command("git", "rev-parse", "--short", "HEAD")
	cmd.Dir = tree
	out, err := cmd.Output()
	if err != nil {
		return "unknown"
	}
	return strings.TrimSpace(string(out))
}

func (j *job) run() error {
	var trees []string
	for range max(1, j.workers) {
		tree, err := os.MkdirTemp("", "mutate-")
		if err != nil {
			return err
		}
		defer os.RemoveAll(tree)
		if err := copyTree(j.root, tree); err != nil {
			return err
		}
		trees = append(trees, tree)
	}
	if j.list {
		return places(trees[0])
	}
	j.hints = hints(j.root)
	j.results = newTable(faults, commit(j.root))
	todo := make(chan *fault)
	var workers sync.WaitGroup
	for _, tree := range trees {
		workers.Go(func() {
			for f := range todo {
				j.try(f, tree)
			}
		})
	}
	for i := range faults {
		todo <- &faults[i]
	}
	close(todo)
	workers.Wait()
	fmt.Println(j.results.summary())
	for _, f := range j.results.survivors() {
		j.errs = append(j.errs, fmt.Errorf("%s: survived", f.name))
	}
	return errors.Join(j.errs...)
}

// try breaks the tree and runs the tests, unless the verdict is known or not wanted.
func (j *job) try(f *fault, tree string) {
	restore, err := f.apply(tree)
	if err != nil {
		j.lock.Lock()
		defer j.lock.Unlock()
		j.errs = append(j.errs, err)
		return
	}
	defer restore()
	wanted := j.only.MatchString(f.name) || j.only.MatchString(f.file)
	v, err := j.judge(f, tree, wanted)
	if v == nil {
		return
	}
	j.lock.Lock()
	defer j.lock.Unlock()
	j.results.verdicts[f] = v
	if wanted {
		fmt.Println(row(f, v))
	}
	if err == nil && j.table != "" {
		err = j.results.write(j.table)
	}
	if err != nil {
		j.errs = append(j.errs, err)
	}
}

// judge returns the verdict of the fault that is in the tree: a kept one, or a new one if it
// is wanted, or nil.
func (j *job) judge(f *fault, tree string, wanted bool) (*verdict, error) {
	anew := j.afresh && wanted
	v, key := new(verdict), digest(tree, f.file)
	if anew || !j.kept.load(key, v) {
		if !wanted {
			return nil, nil
		}
		v = f.hunt(tree, j.hints[f.name], j.patience)
		if v.Killed {
			if err := j.kept.store(key, v); err != nil {
				return v, err
			}
		}
	}
	if !j.explorer {
		return v, nil
	}
	cases := casesFor(tree, f.file)
	if cases == nil {
		return v, nil
	}
	x, key := explored{}, digest(tree, append(cases, f.file)...)
	if anew || !j.kept.load(key, &x) {
		if !wanted {
			return v, nil
		}
		x = explore(tree, f.file, j.patience)
		if err := j.kept.store(key, x); err != nil {
			return v, err
		}
	}
	if x.Schedules == 0 {
		x = v.Seen
	}
	v.Explorer = &x
	return v, nil
}
