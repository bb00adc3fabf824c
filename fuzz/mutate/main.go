// Mutate breaks a copy of the tree on purpose, in one place at a time, and demands
// that the tests notice:
//
//	go run ./fuzz/mutate
//
// It prints a row of a table for each fault: which test run went red, and after what time. A
// fault that survives is a test that is missing, and makes the exit status 1.
package main

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

func main() {
	only := flag.String("only", "", "the faults whose name or file matches this")
	root := flag.String("root", ".", "the tree to copy")
	patience := flag.Duration("patience", 2*time.Minute, "how long one run of tests may take; longer counts as red")
	list := flag.Bool("list", false, "only look whether each fault finds its place and compiles")
	flag.Parse()
	match, err := regexp.Compile(*only)
	if err == nil {
		err = run(*root, match, *patience, *list)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "mutate:", err)
		os.Exit(1)
	}
}

func run(root string, match *regexp.Regexp, patience time.Duration, list bool) error {
	tree, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := copyTree(root, tree); err != nil {
		return err
	}
	if list {
		return places(tree)
	}
	fmt.Println("| fault | file | killed by | after |\n| --- | --- | --- | ---: |")
	var survivors []string
	killed := 0
	for _, f := range faults {
		if !match.MatchString(f.name) && !match.MatchString(f.file) {
			continue
		}
		restore, err := f.apply(tree)
		if err != nil {
			return err
		}
		by, took := f.hunt(tree, patience)
		restore()
		if by == "" {
			survivors = append(survivors, f.name)
			by = "**survived**"
		} else {
			killed++
		}
		fmt.Printf("| %s | %s | %s | %.1f s |\n", f.name, f.file, by, took.Seconds())
	}
	fmt.Printf("\n%d killed, %d survived\n", killed, len(survivors))
	if len(survivors) > 0 {
		return errors.New("survived: " + strings.Join(survivors, "; "))
	}
	return nil
}

// places looks whether each fault finds its place, and compiles.
func places(tree string) error {
	var errs []error
	for _, f := range faults {
		restore, err := f.apply(tree)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		build := exec.Command("go", "build", "./"+filepath.Dir(f.file))
		build.Dir = tree
		if out, err := build.CombinedOutput(); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w\n%s", f.name, err, out))
		}
		restore()
	}
	fmt.Println(len(faults), "faults")
	return errors.Join(errs...)
}

// A fault is one way to break the code: edits of one file.
type fault struct {
	name  string
	file  string
	edits []edit
}

// An edit replaces a piece of text that is there once.
type edit struct{ old, replacement string }

// apply breaks the file in the tree. The function it returns mends it.
func (f *fault) apply(tree string) (restore func(), err error) {
	path := filepath.Join(tree, f.file)
	whole, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	broken := string(whole)
	for _, e := range f.edits {
		if n := strings.Count(broken, e.old); n != 1 {
			return nil, fmt.Errorf("%s: %s has %d places like this:\n%s", f.name, f.file, n, e.old)
		}
		broken = strings.Replace(broken, e.old, e.replacement, 1)
	}
	restore = func() { _ = os.WriteFile(path, whole, 0o644) }
	return restore, os.WriteFile(path, []byte(broken), 0o644)
}

// hunt runs tests until some go red, and returns which; "" if none do.
func (f *fault) hunt(tree string, patience time.Duration) (by string, took time.Duration) {
	begin := time.Now()
	for _, args := range suites(f.file) {
		if red(tree, args, patience) {
			return "go " + strings.Join(args, " "), time.Since(begin)
		}
	}
	return "", time.Since(begin)
}

func red(tree string, args []string, patience time.Duration) bool {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = tree
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if err != nil && bytes.Contains(out, []byte("[build failed]")) {
		panic(fmt.Sprintf("a fault that does not compile shows nothing:\n%s", out))
	}
	return err != nil
}

// suites returns the tests that must notice a fault in a file, the quick ones
// first.
func suites(file string) [][]string {
	test := func(args ...string) []string {
		return append([]string{"test", "-short", "-count=1", "-failfast", "-timeout=60s"}, args...)
	}
	dir, name := filepath.Split(file)
	switch {
	case strings.HasPrefix(name, "limiter"):
		return [][]string{test("-run=Limiter", "./pool")}
	case dir == "pool/":
		return [][]string{test("./pool"), test("./fuzz/life"), test("./fuzz/linear")}
	}
	own := "./" + strings.TrimSuffix(dir, "/")
	return [][]string{
		test(own), test("-tags=model", own), test("-race", own),
		test("./fuzz/linear"), test("./pool"), test("./fuzz/life"),
	}
}

// copyTree copies what git would, more or less: no hidden folders.
func copyTree(from, to string) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		switch {
		case d.IsDir() && rel != "." && strings.HasPrefix(d.Name(), "."):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), content, 0o644)
	})
}
