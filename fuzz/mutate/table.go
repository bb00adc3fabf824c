package main

import (
	"fmt"
	"os"
	"strings"
)

// A table holds the verdicts so far.
type table struct {
	commit   string
	faults   []fault
	verdicts map[*fault]*verdict
}

func newTable(faults []fault, commit string) *table {
	return &table{commit: commit, faults: faults, verdicts: map[*fault]*verdict{}}
}

// columns returns the head of the columns, which depends on whether the explorer ran.
func (t *table) columns() string {
	for _, v := range t.verdicts {
		if v.Explorer != nil {
			return "| fault | file | killed by | after | schedules | case |\n| --- | --- | --- | ---: | ---: | --- |\n"
		}
	}
	return "| fault | file | killed by | after |\n| --- | --- | --- | ---: |\n"
}

const head = `# Deliberate faults

Made at commit %s by ` + "`go run ./fuzz/mutate -table fuzz/mutate/TABLE.md`" + `. The faults are in
[faults.go](faults.go).

Stages run with -short, one after the other, until a test fails, and the table names that test.
The stages plain, model and race are the tests of the package itself: without a tag, with the tag
model, with the race detector. The stages pool, lifecycle (fuzz/lifecycle) and linear (fuzz/linear)
follow. The time includes building; other processes used the machine, too. A verdict may be of an
earlier commit with the same code in the file of the fault; -afresh tries every fault again.

`

// row returns the row of a fault.
func row(f *fault, v *verdict) string {
	killer, time := "**survived**", ""
	switch {
	case v == nil:
		killer = "not run"
	case v.Killed:
		killer, time = v.Stage+": "+v.Test, fmt.Sprintf("%.1f s", v.Seconds)
	}
	cells := []string{f.name, f.file, killer, time}
	if v != nil && v.Explorer != nil {
		schedules := "none"
		if v.Explorer.Schedules > 0 {
			schedules = fmt.Sprint(v.Explorer.Schedules)
		}
		cells = append(cells, schedules, v.Explorer.Case)
	}
	return "| " + strings.Join(cells, " | ") + " |"
}

func (t *table) summary() string {
	killed, survived, found, explorables := 0, 0, 0, 0
	for _, v := range t.verdicts {
		if v.Killed {
			killed++
		} else {
			survived++
		}
		if v.Explorer != nil {
			explorables++
			if v.Explorer.Schedules > 0 {
				found++
			}
		}
	}
	s := fmt.Sprintf("%d faults: %d killed, %d survived, %d not run.", len(t.faults), killed, survived, len(t.faults)-killed-survived)
	if explorables > 0 {
		s += fmt.Sprintf(" The explorer's cases find %d of %d.", found, explorables)
	}
	return s
}

// survivors returns the faults that no test detected.
func (t *table) survivors() (list []*fault) {
	for i := range t.faults {
		if v := t.verdicts[&t.faults[i]]; v != nil && !v.Killed {
			list = append(list, &t.faults[i])
		}
	}
	return list
}

func (t *table) write(path string) error {
	var b strings.Builder
	fmt.Fprintf(&b, head, t.commit)
	fmt.Fprintf(&b, "%s\n\n", t.summary())
	b.WriteString(t.columns())
	for i := range t.faults {
		fmt.Fprintln(&b, row(&t.faults[i], t.verdicts[&t.faults[i]]))
	}
	return os.WriteFile(path, []byte(b.String()), 0o644)
}
