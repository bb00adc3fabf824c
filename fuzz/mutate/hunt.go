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

// stages returns the tests that must notice a fault in a file, the quick ones first.
func stages(file string) []stage {
	test := func(name string, args ...string) stage {
		return stage{name, append([]string{"test", "-short", "-count=1", "-failfast", "-timeout=90s"}, args...)}
	}
	// What runs all others once more would be named in place of the one that failed.
	pool := []stage{test("pool", "-skip=^TestEverythingHolds", "./pool"), test("lifecycle", "./fuzz/lifecycle"), test("linear", "./fuzz/linear")}
	dir, _ := filepath.Split(file)
	switch dir {
	case "pool/ratelimit/":
		return []stage{
			test("ratelimit", "./pool/ratelimit"),
			test("ratelimit, invariants", "-tags=invariants", "./pool/ratelimit"), // widens its windows
		}
	case "pool/":
		return pool
	}
	own := "./" + strings.TrimSuffix(dir, "/")
	return append([]stage{
		test("plain", own), test("model", "-tags=model", own), test("race", "-race", own),
	}, pool...)
}

// A verdict is what came of a fault.
type verdict struct {
	Killed   bool
	Stage    string    // the one that went red
	Test     string    // the first test of it that did, or what else was said
	Seconds  float64   // up to then, building included
	Seen     explored  // by the explorer, if it was a case of its own that went red
	Explorer *explored `json:"-"`
}

// hunt runs one stage after the other until one goes red. It begins with the test of
// the hint, because that is quick.
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
	if ctx.Err() != nil { // tests end by themselves before
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

// culprit returns the innermost of the tests that the output says has failed first.
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
