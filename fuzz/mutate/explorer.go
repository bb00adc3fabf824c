package main

import (
	"path/filepath"
	"regexp"
	"strconv"
	"time"
)

// An explored says how the explorer (internal/explore) fared with a fault.
type explored struct {
	Schedules int    // run until the first of its cases failed; 0 if none did
	Case      string // the one that needed the fewest
}

// explorable reports whether there are cases for the explorer beside the file.
func explorable(file string) bool { return filepath.Dir(file) != "pool" }

// explore runs all cases, and with more patience if none fails.
func explore(tree, file string, patience time.Duration) *explored {
	args := []string{"test", "-tags=model", "-count=1", "-run=Explore", "-timeout=110s", "./" + filepath.Dir(file)}
	out, _ := run(tree, append(args, "-short"), patience)
	x := fewest(out)
	if x.Schedules == 0 {
		out, _ = run(tree, args, patience)
		x = fewest(out)
	}
	return x
}

var step = regexp.MustCompile(`--- FAIL: (\S+)|failed after (\d+) executions`)

// fewest finds the case with the fewest schedules in the output of go test.
func fewest(out []byte) *explored {
	x := new(explored)
	name := ""
	for _, m := range step.FindAllSubmatch(out, -1) {
		if m[1] != nil {
			name = string(m[1])
			continue
		}
		if n, err := strconv.Atoi(string(m[2])); err == nil && (x.Schedules == 0 || n < x.Schedules) {
			*x = explored{Schedules: n, Case: name}
		}
	}
	return x
}
