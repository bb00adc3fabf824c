package report

import (
	"fmt"
	"strings"
	"time"
)

// title is the title of the report.
const title = "millrace benchmarks"

// reading explains the figures and their limits.
var reading = []string{
	"A figure is the median of the runs of a cell, and less is better. If the upper end of its 95 % interval is more than 1.5 times the lower end, " +
		"the interval is shown instead.",
	"Under the figure of an implementation stands its ratio to millrace. The runs of a case and size are measured in rounds, with all implementations " +
		"one after the other in random order. A disturbance of the machine hits all of them, and each round gives one ratio. " +
		"The ratios give an estimate with a 95 % interval (Hodges and Lehmann, with Wilcoxon's signed ranks), which needs six rounds. " +
		"If the interval is as wide as above, it is shown instead of the estimate.",
	"No difference means that the interval contains 1 and is narrow enough to show a difference of 5 %. Too noisy means that it is wider. " +
		"One interval in twenty misses the true ratio, by design, so compare neighbouring sizes before you trust a single cell.",
	"The summary ranks implementations by the geometric mean of their ratios over all sizes of a case. Each size has the same weight. An implementation that " +
		"hung or lost tasks is not ranked, and neither are variants of millrace, named millrace-something. The harness is the cost of the measurement without any " +
		"pool, which every other figure includes.",
	"Quantiles of latencies are of all runs together, and are shown if at least ten samples lie beyond them.",
}

// aboutTargets explains the table of targets. The number is that of the targets it omits.
func aboutTargets(omitted int) string {
	text := "A target is a bound on the ratio of what another implementation needs to what millrace needs, or on a figure of millrace. If it covers several " +
		"implementations or sizes, the table shows the worst one. A target is met if its 95 % interval lies within the bound, or if the estimate does and the ends of the " +
		"interval are within 5 % of it. It is missed if the whole interval lies beyond the bound. Otherwise the measurement is too noisy."
	if omitted > 0 {
		text += fmt.Sprintf(" This run did not measure all cells of %s, which the table omits.", counted(omitted, "other target"))
	}
	return text
}

// run returns the command of the run.
func (r *Results) run() string {
	if strings.HasPrefix(r.Command, "go ") {
		return r.Command
	}
	return strings.TrimSpace("go run ./bench " + r.Command)
}

// facts describe the run and its machine, in pairs of a name and a value.
func (r *Results) facts() [][2]string {
	m := r.Machine
	var all [][2]string
	add := func(name, value string) {
		if strings.TrimSpace(value) != "" {
			all = append(all, [2]string{name, value})
		}
	}
	add("Command", r.run())
	add("Commit", r.commit())
	add("Start", r.Begun.UTC().Format("2006-01-02 15:04 MST"))
	add("Duration", time.Duration(float64(r.Took)*float64(time.Second)).Round(time.Second).String())
	add("Runs", r.runs())
	add("Processor", m.CPU)
	if m.Processors > 0 {
		add("Processors", fmt.Sprint(m.Processors))
	}
	if m.Memory > 0 {
		add("Memory", figure(float64(m.Memory), "B"))
	}
	add("System", strings.Join(strings.Fields(m.OS+" "+m.Arch+" "+m.Kernel), " "))
	add("Go", m.Go)
	add("Load at the start", m.Load)
	return all
}

func (r *Results) commit() string {
	if hash, changed := strings.CutSuffix(r.Commit, "+"); changed {
		return hash + ", with changes"
	}
	return r.Commit
}

// runs returns the number of runs of a cell.
func (r *Results) runs() string {
	least, most := 0, 0
	for _, c := range r.Cells {
		if n := len(c.Runs); n > 0 {
			if least == 0 || n < least {
				least = n
			}
			most = max(most, n)
		}
	}
	if least == most {
		return fmt.Sprintf("%d of each cell", most)
	}
	return fmt.Sprintf("%d to %d of each cell", least, most)
}

// machine describes the machine in a line.
func (r *Results) machine() string {
	var parts []string
	if r.Machine.CPU != "" {
		parts = append(parts, r.Machine.CPU)
	}
	if r.Machine.Processors > 0 {
		parts = append(parts, counted(r.Machine.Processors, "processor"))
	}
	if r.Machine.Go != "" {
		parts = append(parts, r.Machine.Go)
	}
	return strings.Join(parts, ", ")
}

// interrupted is the first sentence in the report of an interrupted run.
const interrupted = "The run was interrupted, and the report has only the runs before that."
