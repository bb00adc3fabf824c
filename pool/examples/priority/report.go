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

// report writes the order in which jobs started, and the waiting times of each
// class.
func report(out io.Writer, title string, jobs []*job) {
	fmt.Fprintf(out, "\n%s\n", title)
	fmt.Fprintf(out, "  order of starts: %s\n", order(jobs))
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(table, "\tpriority\tmedian wait\tlongest\tmedian files ahead\tmost\t")
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

// order shows the order in which jobs started. Each letter stands for several jobs:
// U if one of them is urgent, otherwise the letter of the most frequent class.
func order(jobs []*job) string {
	const letters = 50
	jobs = slices.SortedFunc(slices.Values(jobs), func(a, b *job) int { return a.rank - b.rank })
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
