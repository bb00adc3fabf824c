package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

// A hint is the row of a fault in the table: the stage and the test that failed the last
// time.
type hint struct {
	file, stage, test string
	stuck             bool // the test did not end
}

// tableRow is a row of the table for a fault that was killed.
var tableRow = regexp.MustCompile(`(?m)^\| ([^|]+) \| ([^|]+) \| ([\w, ]+): ([^|]+) \| [\d.]+ s \|`)

// hints reads the table of a tree. Its keys are the names of the faults. It is empty if
// there is no table.
func hints(tree string) map[string]hint {
	table, _ := os.ReadFile(filepath.Join(tree, "fuzz", "mutate", "TABLE.md"))
	found := make(map[string]hint)
	for _, m := range tableRow.FindAllStringSubmatch(string(table), -1) {
		test, stuck := strings.CutSuffix(m[4], stuckSuffix)
		found[m[1]] = hint{m[2], m[3], test, stuck}
	}
	return found
}

// narrowed returns the stage with nothing but the test of the hint.
func (h hint) narrowed(s stage) stage {
	parts := strings.Split(h.test, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	args := append([]string{s.args[0], "-run=" + strings.Join(parts, "/")}, s.args[1:]...)
	if h.stuck {
		args = append(args[:len(args)-1:len(args)-1], "-timeout=20s", args[len(args)-1])
	}
	return stage{s.name, args}
}
