// Others runs this module's checks over other people's queues and pools, and prints
// what they lose as tables:
//
//	go run ./fuzz/thirdparty
//	go run ./fuzz/thirdparty -only 'xsync|ants'
//	go run ./fuzz/thirdparty -only Workiva -case 'push against pop' -size 1 -replay p.0x15.1x13
//
// The last prints the steps of a schedule that was found. Goroutines of the suite and
// of the pools are the runtime's, so what they find may be found less often, or more.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// A job is a run of the whole program.
type job struct {
	only      *regexp.Regexp
	budget    time.Duration
	rounds    int
	one, size string // a case to replay
	replay    string

	root, tmp string
	versions  map[string]string
}

func main() {
	j := &job{}
	only := flag.String("only", "", "those whose name matches this")
	flag.DurationVar(&j.budget, "budget", 2*time.Second, "how long each exploration may take")
	flag.IntVar(&j.rounds, "rounds", 20_000, "how many rounds of the law stop each pool has; others have less")
	flag.StringVar(&j.one, "case", "", "the case of -replay")
	flag.StringVar(&j.size, "size", "1", "the size of -replay")
	flag.StringVar(&j.replay, "replay", "", "a schedule to run, as printed")
	flag.Parse()
	var err error
	if j.only, err = regexp.Compile(*only); err == nil {
		err = j.run()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "thirdparty:", err)
		os.Exit(1)
	}
}

func (j *job) run() (err error) {
	if j.tmp, err = os.MkdirTemp("", "thirdparty-"); err != nil {
		return err
	}
	defer os.RemoveAll(j.tmp)
	if err := j.find(); err != nil {
		return err
	}
	if j.replay != "" {
		return j.replayOne()
	}
	if err := j.rings(); err != nil {
		return err
	}
	return j.pools()
}

// find notes where this module is, and the versions of what it requires.
func (j *job) find() error {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/user/millrace/fuzz/thirdparty").Output()
	if err != nil {
		return fmt.Errorf("where is this module? %w", err)
	}
	j.root = strings.TrimSpace(string(out))
	list, err := j.gotool("list", "-m", "-f", "{{.Path}} {{.Version}}", "all")
	if err != nil {
		return err
	}
	j.versions = map[string]string{}
	for line := range strings.Lines(list) {
		path, version, _ := strings.Cut(strings.TrimSpace(line), " ")
		j.versions[path] = version
	}
	j.versions["std"], err = j.gotool("env", "GOVERSION")
	j.versions["std"] = strings.TrimSpace(j.versions["std"])
	return err
}

// gotool runs go in this module.
func (j *job) gotool(args ...string) (string, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = j.root
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if err != nil {
		return "", fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return string(out), nil
}

// build makes the test binary of a package.
func (j *job) build(name, pkg string, flags ...string) (string, error) {
	binary := filepath.Join(j.tmp, name)
	args := append([]string{"test", "-c", "-vet=off", "-o", binary}, flags...)
	_, err := j.gotool(append(args, pkg)...)
	return binary, err
}

// test runs a test binary and returns what it printed, and whether it passed.
func test(binary string, args ...string) (out string, ok bool) {
	text, err := exec.Command(binary, args...).CombinedOutput()
	return string(text), err == nil
}

var (
	said  = regexp.MustCompile(`(?m)^\s+\w+\.go:\d+: (.*)$`)
	ended = regexp.MustCompile(`(?m)^(?:panic|fatal error): (.*)$`)
)

// why finds in the output of a test what was wrong.
func why(out string) string {
	if strings.Contains(out, "test timed out") {
		return "not through within a minute"
	}
	if _, text, ok := strings.Cut(out, "panic: stuck: "); ok {
		text, _, _ = strings.Cut(text, "\n")
		return "stuck: " + text
	}
	if strings.Contains(out, "DATA RACE") {
		return "data race"
	}
	if m := ended.FindStringSubmatch(out); m != nil {
		return "panic: " + m[1]
	}
	for _, m := range said.FindAllStringSubmatch(out, -1) {
		if !strings.HasPrefix(m[1], "to replay") {
			return m[1]
		}
	}
	return "failed"
}

// seedOf returns the flag that a test printed last to run it again by, "" if none.
func seedOf(out string) string {
	all := regexp.MustCompile(`-queuetest\.seed=\d+`).FindAllString(out, -1)
	if len(all) == 0 {
		return ""
	}
	return ", " + all[len(all)-1]
}
