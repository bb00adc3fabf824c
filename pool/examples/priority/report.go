package main

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// report writes in what order jobs started, and how long those of each class
// waited.
func report(out io.Writer, title string, jobs []*job) {
	fmt.Fprintf(out, "\n%s\n", title)
	fmt.Fprintf(out, "  order of starts: %s\n", order(jobs))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tpriority\twaited: median\tlongest\tbehind files: median\tmost\t")
	for _, c := range []class{urgent, normal, background} {
		var waits []time.Duration
		var behind []int
		for _, j := range jobs {
			if j.class == c {
				waits = append(waits, j.waited.Round(10*time.Microsecond))
				behind = append(behind, j.behind())
			}
		}
		if len(waits) > 0 {
			fmt.Fprintf(table, "%v\t%d\t%v\t%v\t%d\t%d\t\n", c, c, median(waits), slices.Max(waits), median(behind), slices.Max(behind))
		}
	}
	table.Flush()
}

func (c class) String() string {
	switch c {
	case urgent:
		return "urgent"
	case normal:
		return "normal"
	default:
		return "background"
	}
}

// order shows the jobs in the order in which they started, a letter for many: U
// where there is an urgent one, else that of those which are more.
func order(jobs []*job) string {
	const letters = 50
	jobs = slices.SortedFunc(slices.Values(jobs), func(a, b *job) int { return a.place - b.place })
	var shown strings.Builder
	for part := range slices.Chunk(jobs, (len(jobs)+letters-1)/letters) {
		count := map[class]int{}
		for _, j := range part {
			count[j.class]++
		}
		switch {
		case count[urgent] > 0:
			shown.WriteByte('U')
		case count[normal] >= count[background]:
			shown.WriteByte('n')
		default:
			shown.WriteByte('b')
		}
	}
	return shown.String()
}

func median[T cmp.Ordered](values []T) T {
	values = slices.Sorted(slices.Values(values))
	return values[len(values)/2]
}
