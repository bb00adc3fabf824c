package main

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/user/millrace/fuzz/mutate/scratch"
)

// A target is what gremlins breaks, and the tests that must notice, the quick ones
// first.
type target struct {
	name   string
	dir    string
	files  string // the pattern of its files
	also   string // a file that their tests need
	stages []stage
}

// A stage is one run of tests.
type stage struct {
	Name    string
	Args    []string
	Seconds int // of processor time that it may take: several times what it needs
}

var targets = []target{
	{"ringbuffer", "ringbuffer", "*.go", "", []stage{invariants, plain, model}},
	{"pheap", "pheap", "*.go", "", []stage{invariants, plain, model}},
	{"sched", "sched", "*.go", "", []stage{invariants, plain, model}},
	{"limiter", "pool", "limiter*.go", "pool/help_test.go", []stage{invariants, plain}},
}

var (
	invariants = stage{"invariants", append([]string{"test", "-tags=invariants"}, brief...), 8}
	plain      = stage{"plain", append([]string{"test"}, brief...), 8}
	model      = stage{"model", append([]string{"test", "-tags=model"}, brief...), 40}

	brief = []string{"-short", "-count=1", "-failfast", "-vet=off", "-timeout=100s"}
)

// The rest of pool that the limiter's files need. Without the other files a mutant is
// compiled in a tenth of the time.
const limiterNeeds = "package pool\n\nimport \"errors\"\n\nvar ErrInvalidConfig = errors.New(\"pool: invalid config\")\n"

// run lets gremlins loose on a copy of the target, and leaves its answer in out.
func run(name, root, out string, workers int) error {
	i := slices.IndexFunc(targets, func(t target) bool { return t.name == name })
	if i < 0 {
		return fmt.Errorf("no target %q", name)
	}
	t := &targets[i]
	out, err := filepath.Abs(out)
	if err != nil {
		return err
	}
	temp, err := os.MkdirTemp("", "gremlins-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temp)
	tree, bin := filepath.Join(temp, "tree"), filepath.Join(temp, "bin")
	for _, dir := range []string{tree, bin, filepath.Join(out, "killed")} {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	if err := t.copy(root, tree); err != nil {
		return err
	}
	goTool, err := exec.LookPath("go")
	if err != nil {
		return err
	}
	install := exec.Command(goTool, "install", version)
	install.Env = append(os.Environ(), "GOBIN="+bin, "GOFLAGS=")
	if said, err := install.CombinedOutput(); err != nil {
		return fmt.Errorf("%w\n%s", err, said)
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	if err := os.Link(self, filepath.Join(bin, "go")); err != nil {
		if err := os.Symlink(self, filepath.Join(bin, "go")); err != nil {
			return err
		}
	}
	return t.unleash(tree, bin, goTool, out, workers)
}

func (t *target) unleash(tree, bin, goTool, out string, workers int) error {
	log, answer := filepath.Join(bin, "log"), filepath.Join(bin, "answer.json")
	plan, err := json.Marshal(plan{Go: goTool, Dir: t.dir, Stages: t.stages, Killed: filepath.Join(out, "killed"), Log: log})
	if err != nil {
		return err
	}
	// The stand-in ends tests that do not end by themselves; gremlins need not.
	cmd := exec.Command(filepath.Join(bin, "gremlins"), "unleash", "./"+t.dir,
		"--output="+answer, "--timeout-coefficient=1000", "--workers="+strconv.Itoa(workers))
	cmd.Dir = tree
	cmd.Env = append(os.Environ(), "GOWORK=off", "PATH="+bin+string(filepath.ListSeparator)+os.Getenv("PATH"), "GREMLINS_PLAN="+string(plan))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	found, err := read(t, tree, answer, log)
	if err != nil {
		return err
	}
	return found.save(out)
}

// copy copies what the target's tests need.
func (t *target) copy(root, tree string) error {
	err := scratch.Copy(root, tree, func(path string) bool {
		dir := filepath.ToSlash(filepath.Dir(path))
		fits, _ := filepath.Match(t.files, filepath.Base(path))
		switch first, _, _ := strings.Cut(dir, "/"); {
		case dir == t.dir:
			return fits || path == t.also
		case first == t.dir:
			return strings.Contains(dir, "/testdata")
		case first == "pool", first == "fuzz", first == "bench":
			return false
		}
		return path != "go.work" && path != "go.work.sum"
	})
	if err != nil || t.name != "limiter" {
		return err
	}
	return os.WriteFile(filepath.Join(tree, "pool", "needs_test.go"), []byte(limiterNeeds), 0o644)
}
