// Mutate breaks a copy of the tree on purpose, in one place at a time, and demands
// that the tests notice:
//
//	go run ./fuzz/mutate -table fuzz/mutate/TABLE.md
//
// It says of each fault which test was the first to go red, after what time, and how
// many schedules the explorer took to find it. A fault that survives is a test that
// is missing, and makes the exit status 1.
//
// What was found is kept in the folder -keep, for as long as the broken file stays as
// it is: so a run that was ended goes on where it was. A survivor is tried again each
// time; -afresh tries all again.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/user/millrace/fuzz/mutate/scratch"
)

func main() {
	var j job
	only := flag.String("only", "", "the faults whose name or file matches this")
	flag.StringVar(&j.root, "root", ".", "the tree to copy")
	flag.DurationVar(&j.patience, "patience", 2*time.Minute, "how long one run of tests may take; longer counts as red")
	flag.BoolVar(&j.list, "list", false, "only look whether each fault finds its place and compiles")
	flag.StringVar(&j.table, "table", "", "the file to write the table to, after each fault")
	flag.StringVar((*string)(&j.kept), "keep", filepath.Join(os.TempDir(), "mutate-kept"), "folder for what was found")
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

// A job is what the flags ask for.
type job struct {
	root     string
	only     *regexp.Regexp
	patience time.Duration
	list     bool
	table    string
	kept     kept
	afresh   bool
}

func (j *job) run() error {
	tree, err := os.MkdirTemp("", "mutate-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(tree)
	if err := scratch.Copy(j.root, tree, nil); err != nil {
		return err
	}
	if j.list {
		return places(tree)
	}
	var survivors []string
	t := newTable(faults)
	for i := range faults {
		f := &faults[i]
		wanted := j.only.MatchString(f.name) || j.only.MatchString(f.file)
		v, err := j.try(f, tree, wanted)
		if err != nil {
			return err
		}
		if v == nil {
			continue
		}
		t.verdicts[f] = v
		if wanted {
			fmt.Println(row(f, v))
		}
		if !v.Killed {
			survivors = append(survivors, f.name)
		}
		if j.table != "" && wanted {
			if err := t.write(j.table); err != nil {
				return err
			}
		}
	}
	fmt.Println(t.summary())
	if len(survivors) > 0 {
		return errors.New("survived: " + strings.Join(survivors, "; "))
	}
	return nil
}

// try breaks the tree and runs the tests, unless what comes of it is known. If it is
// neither known nor wanted it returns nil.
func (j *job) try(f *fault, tree string, wanted bool) (*verdict, error) {
	restore, err := f.apply(tree)
	if err != nil {
		return nil, err
	}
	defer restore()
	key := digest(tree, f.file)
	if v := j.kept.load(key); v != nil && !(j.afresh && wanted) {
		return v, nil
	}
	if !wanted {
		return nil, nil
	}
	v := f.hunt(tree, j.patience)
	if explorable(f.file) {
		v.Explorer = explore(tree, f.file, j.patience)
	}
	return v, j.kept.store(key, v)
}
