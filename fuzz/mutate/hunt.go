package main

import (
	"bytes"
	"context"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A stage is one run of tests.
type stage struct {
	name string
	args []string
}

// stages returns the tests that must detect a fault in a file, the quick ones first.
func stages(file string) []stage {
	test := func(name string, args ...string) stage {
		return stage{name, append([]string{"test", "-short", "-count=1", "-failfast", "-timeout=90s"}, args...)}
	}
	// TestEverythingHolds… runs the others again, and would be named in their place.
	pool := []stage{test("pool", "-skip=^TestEverythingHolds", "./pool"), test("lifecycle", "./fuzz/lifecycle"), test("linear", "./fuzz/linear")}
	dir, _ := filepath.Split(file)
	switch dir {
	case "pool/ratelimit/":
		return []stage{
			test("ratelimit", "./pool/ratelimit"),
			test("ratelimit, invariants", "-tags=invariants", "./pool/ratelimit"), // widens the race windows
		}
	case "pool/":
		return pool
	}
	own := "./" + strings.TrimSuffix(dir, "/")
	return append([]stage{
		test("plain", own), test("model", "-tags=model", own), test("race", "-race", own),
	}, pool...)
}

// A verdict is the result of a fault.
type verdict struct {
	Killed   bool
	Stage    string    // the stage that failed
	Test     string    // the first test that failed, or another reason
	Seconds  float64   // time until the failure, building included
	Seen     explored  // result of the explorer, if one of its cases failed
	Explorer *explored `json:"-"`
}

// hunt runs one stage after the other until one fails. It begins with the test of the hint,
// because that is quick.
func (f *fault) hunt(tree string, h hint, patience time.Duration) *verdict {
	begin := time.Now()
	v := new(verdict)
	all := stages(f.file)
	for _, s := range all {
		if s.name == h.stage && strings.HasPrefix(h.test, "Test") {
			all = append([]stage{h.narrowed(s)}, all...)
			break
		}
	}
	for _, s := range all {
		if out, err := run(tree, s.args, patience); err != nil {
			*v = verdict{Killed: true, Stage: s.name, Test: culprit(out), Seen: fewest(out)}
			break
		}
	}
	v.Seconds = time.Since(begin).Seconds()
	return v
}

func run(tree string, args []string, patience time.Duration) ([]byte, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = tree
	cmd.WaitDelay = 5 * time.Second
	out, err := cmd.CombinedOutput()
	if ctx.Err() != nil { // tests have a shorter timeout of their own
		panic(fmt.Sprintf("go %s took longer than %v: give it more patience", strings.Join(args, " "), patience))
	}
	if err != nil && bytes.Contains(out, []byte("[build failed]")) {
		panic(fmt.Sprintf("a fault that does not compile shows nothing:\n%s", out))
	}
	return out, err
}

var (
	failed  = regexp.MustCompile(`--- FAIL: (\S+)`)
	running = regexp.MustCompile(`(?s)panic: test timed out after.*?running tests:\n\s+(\S+)`)
)

// stuckSuffix follows the name of a test that did not end.
const stuckSuffix = ", which did not end"

// culprit returns the innermost name of the test that failed first in the output.
func culprit(out []byte) string {
	if m := running.FindSubmatch(out); m != nil {
		return string(m[1]) + stuckSuffix
	}
	name := ""
	for _, m := range failed.FindAllSubmatch(out, -1) {
		if name == "" || strings.HasPrefix(string(m[1]), name+"/") {
			name = string(m[1])
		}
	}
	switch {
	case name != "":
		return name
	case bytes.Contains(out, []byte("fatal error: ")):
		return "the runtime: a deadlock, or the like"
	case bytes.Contains(out, []byte("panic: ")):
		return "a panic"
	}
	return "no test by name"
}
