package report

import (
	"bufio"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// WriteBenchText writes each run as a line in the format of Go benchmarks, for benchstat:
//
//	benchstat -col /impl benchmarks.txt
//
// Runs that failed are comments.
func WriteBenchText(w io.Writer, r *Results) error {
	b := bufio.NewWriter(w)
	for _, line := range [][2]string{
		{"goos", r.Machine.OS}, {"goarch", r.Machine.Arch}, {"cpu", r.Machine.CPU}, {"go", r.Machine.Go}, {"commit", r.Commit},
	} {
		if line[1] != "" {
			fmt.Fprintf(b, "%s: %s\n", line[0], oneLine(line[1]))
		}
	}
	fmt.Fprintln(b)
	for _, c := range r.Cells {
		name := benchName(c)
		for _, run := range c.Runs {
			if run.Err != "" {
				fmt.Fprintf(b, "# %s failed: %s\n", name, oneLine(run.Err))
				continue
			}
			fmt.Fprintf(b, "%s %d", name, max(run.Ops, 1))
			for _, unit := range sortedKeys(run.Values) {
				fmt.Fprintf(b, " %g %s", run.Values[unit], unit)
			}
			fmt.Fprintln(b)
		}
	}
	return b.Flush()
}

// benchName returns the name of a cell in the form of Go benchmarks.
func benchName(c Cell) string {
	var camel strings.Builder
	for part := range strings.FieldsFuncSeq(c.Case, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		camel.WriteString(strings.ToUpper(part[:1]) + part[1:])
	}
	name := "Benchmark" + camel.String()
	if c.Params != "" {
		name += "/" + word(c.Params)
	}
	return name + "/impl=" + strings.ReplaceAll(word(c.Impl), "/", "_")
}

// word replaces white space.
func word(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return '_'
		}
		return r
	}, s)
}

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
