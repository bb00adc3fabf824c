// Cases turns what the tests of the explorer print into CASES.md, a table of the cases
// and of how much of each was seen. It reads what go test -json writes; the head of the
// table names the commands.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"runtime"
	"strings"
	"time"
)

func main() {
	if err := tabulate(os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "cases:", err)
		os.Exit(1)
	}
}

// An event is a line of go test -json.
type event struct{ Action, Package, Test, Output string }

// tabulate reads events and writes the table. It fails where a test did, and where a line
// of an exploration is not as it should be.
func tabulate(in io.Reader, out io.Writer) error {
	fmt.Fprintf(out, head, time.Now().Format(time.DateOnly), runtime.Version(), runtime.GOARCH)
	pkg, n := "", 0
	lines := bufio.NewScanner(in)
	for lines.Scan() {
		var ev event
		if err := json.Unmarshal(lines.Bytes(), &ev); err != nil {
			return err
		}
		if ev.Action == "fail" {
			return fmt.Errorf("%s %s failed", ev.Package, ev.Test)
		}
		if ev.Action != "output" || !strings.Contains(ev.Output, " executions, ") {
			continue
		}
		r, err := row(ev.Output)
		if err != nil {
			return err
		}
		if ev.Package != pkg {
			pkg = ev.Package
			fmt.Fprintf(out, columns, pkg[strings.LastIndexByte(pkg, '/')+1:])
		}
		n++
		fmt.Fprintf(out, "| %s | %s |\n", caseName(ev.Test), r)
	}
	if lines.Err() == nil && n == 0 {
		return errors.New("no test printed what it explored")
	}
	return lines.Err()
}

const head = `# What the explorer has seen

Each case runs the code itself, step by step; internal/explore says how. *Seen* is the
largest bound on preemptions of which all executions were seen; "all" says that no
interleaving is left, with or without a bound; "chance" that there was no search. Beyond
the bound random schedules were drawn, the *samples*. In cases with ", late" what follows
a write comes late.

*Executions* are all runs of the case, those with smaller bounds and those that turned out
to be redundant among them; *partial orders* are how many of them differ.

An ordinary run gives each case half a second to search. What took longer here it does
not see to the end, and says so. Times are of a machine that was busy with other work.

Made on %s with %s on %s by

    { go test -tags=model -run=Explore -json -timeout=0 ./ringbuffer ./pheap -explore.budget=20s
      go test -tags=model -run=Explore -json -timeout=0 ./sched -explore.budget=3m
    } | go run ./internal/explore/cases > internal/explore/CASES.md
`

const columns = `
## %s

| case | executions | partial orders | steps, at most | seen | samples | time |
| --- | ---: | ---: | ---: | --- | ---: | ---: |
`

// What a test prints; see explore.Result.
var printed = regexp.MustCompile(`(\d+) executions, (\d+) partial orders, up to (\d+) steps; ([^;]*)(?:; seeds 0 to (\d+) sampled)?; (\S+)\n$`)

// row returns the cells of what a test printed, but for the first.
func row(line string) (string, error) {
	m := printed.FindStringSubmatch(line)
	if m == nil {
		return "", fmt.Errorf("not as explorations are printed: %q", line)
	}
	samples := 0
	if _, err := fmt.Sscan(m[5], &samples); err == nil {
		samples++ // they count from 0
	}
	took, err := time.ParseDuration(m[6])
	return fmt.Sprintf("%s | %s | %s | %s | %d | %.1f s", m[1], m[2], m[3], seen(m[4]), samples, took.Seconds()), err
}

// seen shortens what is said of the bound.
func seen(coverage string) string {
	var got, wanted int
	switch {
	case coverage == "all interleavings seen":
		return "all"
	case coverage == "no search":
		return "chance"
	}
	if n, _ := fmt.Sscanf(coverage, "bound %d exhausted, bound %d not", &got, &wanted); n == 2 {
		return fmt.Sprintf("%d, not %d", got, wanted)
	}
	return fmt.Sprint(got)
}

// caseName turns the name of a test into that of a case.
func caseName(test string) string {
	test = strings.TrimPrefix(test, "TestExplore")
	return strings.NewReplacer("_", " ", "/", ": ").Replace(test)
}
