package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// A plan is what the stand-in is to do, handed over in the environment.
type plan struct {
	Go     string // the real one
	Dir    string // of the package
	Stages []stage
	Killed string // a folder that keeps which mutants were, and how
	Log    string // one line for each mutant: how it ended
}

// What the stand-in answers gremlins by its exit status.
const (
	lived     = 0
	killed    = 1
	notViable = 2 // it does not compile
)

// standIn does what gremlins asks of go, and exits.
func standIn(args []string) {
	var p plan
	if err := json.Unmarshal([]byte(os.Getenv("GREMLINS_PLAN")), &p); err != nil {
		panic(err)
	}
	if args[0] != "test" {
		cmd := exec.Command(p.Go, args...)
		cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
		_ = cmd.Run()
		os.Exit(cmd.ProcessState.ExitCode())
	}
	if i := slices.Index(args, "-coverprofile"); i >= 0 {
		os.Exit(p.sound(args[i+1]))
	}
	os.Exit(p.judge())
}

// sound runs the tests on what is not broken yet, and says that they cover it all.
func (p *plan) sound(profile string) int {
	for _, stage := range p.Stages {
		if out, err := p.test(p.Dir, stage); err != nil {
			os.Stdout.Write(out)
			return killed
		}
	}
	var b strings.Builder
	fmt.Fprintln(&b, "mode: set")
	files, _ := filepath.Glob(filepath.Join(p.Dir, "*.go"))
	for _, f := range files {
		fmt.Fprintf(&b, "github.com/user/millrace/%s:1.1,100000.1 1 1\n", filepath.ToSlash(f))
	}
	if err := os.WriteFile(profile, []byte(b.String()), 0o644); err != nil {
		panic(err)
	}
	return lived
}

// judge runs the tests on a mutant, in the folder of its package, unless it is known.
func (p *plan) judge() int {
	known := filepath.Join(p.Killed, digest())
	how := ""
	if was, _ := os.ReadFile(known); len(was) > 0 {
		how = string(was)
	} else if how = p.hunt(); how != survived {
		_ = os.WriteFile(known, []byte(how), 0o644)
	}
	p.note(how)
	switch how {
	case survived:
		return lived
	case broken:
		return notViable
	}
	return killed
}

// How a mutant ends, beside the name of the stage that killed it.
const (
	survived = "lived"
	broken   = "not viable"
	timedOut = "timed out"
)

// hunt runs one stage after the other until one goes red.
func (p *plan) hunt() string {
	for _, stage := range p.Stages {
		out, err := p.test(".", stage)
		switch {
		case err == nil:
			continue
		case !bytes.Contains(out, []byte("FAIL")), bytes.Contains(out, []byte("signal: terminated")):
			fmt.Fprintf(os.Stderr, "%s: %v\n%s", stage.Name, err, out)
			os.Exit(notViable) // the hunt is being ended: nothing to keep
		case bytes.Contains(out, []byte("[build failed]")), bytes.Contains(out, []byte("[setup failed]")):
			return broken
		case bytes.Contains(out, []byte("panic: test timed out")), bytes.Contains(out, []byte("signal: killed")):
			return timedOut
		}
		return stage.Name
	}
	return survived
}

// note adds a line to the log.
func (p *plan) note(how string) {
	log, err := os.OpenFile(p.Log, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	defer log.Close()
	fmt.Fprintln(log, how)
}

// digest names the code of the package in this folder, whatever its tests are.
func digest() string {
	h := sha256.New()
	files, _ := filepath.Glob("*.go")
	for _, f := range files {
		if !strings.HasSuffix(f, "_test.go") {
			content, _ := os.ReadFile(f)
			fmt.Fprintf(h, "%s %d\n%s", f, len(content), content)
		}
	}
	return hex.EncodeToString(h.Sum(nil)[:16])
}

// test runs one stage. A mutant that takes time or memory without end is killed, by
// the processor time it had, since others may keep it from the processor.
func (p *plan) test(dir string, s stage) ([]byte, error) {
	limited := fmt.Sprintf(`ulimit -t %d && ulimit -v 6000000 && exec "$0" "$@"`, s.Seconds)
	cmd := exec.Command("sh", slices.Concat([]string{"-c", limited, p.Go}, s.Args, []string{"."})...)
	cmd.Dir = dir
	return cmd.CombinedOutput()
}
