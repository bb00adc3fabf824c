package main

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"github.com/user/millrace/fuzz/thirdparty/copied"
	"github.com/user/millrace/fuzz/thirdparty/pools"
)

// A finding is what came of one exploration, as the tests tell it.
type finding struct {
	Case       string
	Size       int
	Wrong      bool // more than what is said of full and empty
	Executions int
	Found      int // how many it took
	Complete   bool
	Failure    string
	Schedule   string
	Confirmed  int // how many of two replays failed alike
}

// explorer builds the tests of a package that explore copies.
func (j *job) explorer(pkg string) (string, error) {
	overlay, err := copied.Overlay(j.root, filepath.Join(j.tmp, "overlay"))
	if err != nil {
		return "", err
	}
	return j.build(filepath.Base(pkg)+".explorer", pkg, "-tags=model", "-overlay="+overlay)
}

// explore runs a test that explores, and returns what it tells.
func explore(binary, name, budget string, flags ...string) (all []finding, err error) {
	args := append([]string{"-test.run=^" + name + "$", "-thirdparty.tell", "-thirdparty.budget=" + budget}, flags...)
	out, _ := test(binary, args...)
	for line := range strings.Lines(out) {
		if text, ok := strings.CutPrefix(line, "explored\t"); ok {
			var f finding
			if err := json.Unmarshal([]byte(text), &f); err != nil {
				return nil, err
			}
			all = append(all, f)
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("%s explored nothing:\n%s", name, out)
	}
	return all, nil
}

// told tells of the first of some findings, and of how many more there are.
func told(fs []finding) string {
	var sizes []string
	for _, f := range fs {
		if n := fmt.Sprint(f.Size); !slices.Contains(sizes, n) {
			sizes = append(sizes, n)
		}
	}
	f := fs[0]
	return fmt.Sprintf("explored: %s; `-case '%s' -size %d -replay %s` after %d executions, %d of 2 replays alike; cases that fail so: %d, at sizes %s",
		strings.TrimPrefix(f.Failure, "at the end: "), f.Case, f.Size, f.Schedule, f.Found, f.Confirmed, len(fs), strings.Join(sizes, ", "))
}

// replayOne prints the steps of a schedule.
func (j *job) replayOne() error {
	again := []string{"-thirdparty.case=" + j.one, "-thirdparty.size=" + j.size, "-thirdparty.replay=" + j.replay}
	explorer, err := j.explorer("./rings")
	if err != nil {
		return err
	}
	names, err := ringNames(explorer)
	if err != nil {
		return err
	}
	for _, r := range names {
		if j.only.MatchString(r.Name) {
			out, _ := test(explorer, append(again, "-test.run=^TestExploreRing$", "-thirdparty.ring="+r.Name)...)
			fmt.Println(out)
		}
	}
	if !j.only.MatchString(pools.Explored) {
		return nil
	}
	if explorer, err = j.explorer("./pools"); err != nil {
		return err
	}
	out, _ := test(explorer, append(again, "-test.run=^TestExplorePool$")...)
	fmt.Println(out)
	return nil
}
