package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// A fault is one way to break the code: edits of one file.
type fault struct {
	name  string
	file  string
	edits []edit
}

// An edit replaces a text that occurs exactly once.
type edit struct{ old, replacement string }

// apply breaks the file in the tree. The function that it returns restores it.
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

// places checks that each fault finds its place and compiles.
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
