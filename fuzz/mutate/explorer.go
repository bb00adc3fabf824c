package main

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// An explored is the result of the explorer (internal/explore) for a fault.
type explored struct {
	Schedules int    // number run until the first case failed; 0 if none did
	Case      string // the case that needed the fewest
}

// casesFor lists the files of the explorer and of its cases for a file. It returns nil if
// there are no cases.
func casesFor(tree, file string) (files []string) {
	for _, pattern := range []string{filepath.Join(filepath.Dir(file), "*explor*_model_test.go"), "internal/explore/*.go"} {
		found, _ := fs.Glob(os.DirFS(tree), filepath.ToSlash(pattern))
		if found == nil {
			return nil
		}
		files = append(files, found...)
	}
	return files
}

// explore runs all cases, and again without -short if none fails.
func explore(tree, file string, patience time.Duration) explored {
	args := []string{"test", "-tags=model", "-count=1", "-run=Explore", "-timeout=110s", "./" + filepath.Dir(file)}
	out, _ := run(tree, append(args, "-short"), patience)
	x := fewest(out)
	if x.Schedules == 0 {
		out, _ = run(tree, args, patience)
		x = fewest(out)
	}
	return x
}

// A case with too many goroutines for the explorer may be right.
var step = regexp.MustCompile(`--- FAIL: (\S+)|failed after (\d+) executions[^:]*: (more than \d+ goroutines)?`)

// fewest finds the case with the fewest schedules in the output of go test.
func fewest(out []byte) (x explored) {
	name := ""
	for _, m := range step.FindAllSubmatch(out, -1) {
		if m[1] != nil {
			name = string(m[1])
			continue
		}
		if n, err := strconv.Atoi(string(m[2])); err == nil && m[3] == nil && (x.Schedules == 0 || n < x.Schedules) {
			x = explored{Schedules: n, Case: name}
		}
	}
	return x
}
