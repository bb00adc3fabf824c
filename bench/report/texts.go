package report

import (
	"fmt"
	"strings"
	"time"
)

// title is the report's.
const title = "millrace benchmarks"

// reading says how the figures came about, and what they do not say.
var reading = []string{
	"A figure is the median of a cell's runs; less is better. Where the 95 % interval of the median is so wide that its upper end is " +
		"more than half as much again as its lower end, the interval stands in its place.",
	"Below it stands what the implementation needs relative to millrace. The runs of a case and size are measured in rounds, all implementations " +
		"in random order one after the other, so that what disturbs the machine disturbs all of them, and each round gives one ratio. From these " +
		"follows an estimate with a 95 % interval (Hodges and Lehmann, by Wilcoxon's signed ranks), which needs six rounds. Where it is as wide as above, " +
		"it stands in place of the estimate.",
	"No difference means that the interval contains none and is narrow enough that 5 % would have shown. Too noisy means that it is not: nobody is " +
		"called faster or slower. One interval in twenty misses the truth, by design, so look at neighbouring sizes before you believe a single cell.",
	"The verdict ranks implementations by the geometric mean over all sizes of a case, each size counting alike. An implementation that hung or lost tasks is not ranked, " +
		"nor are variants of millrace, which are called millrace-something. The harness is no implementation: it is what the measurement costs with no pool at all, and is contained in every figure beside it.",
	"Quantiles of latencies are of all runs together, and told only if ten samples or more lie beyond.",
}

// aboutTargets says what the table of targets has.
const aboutTargets = "What millrace is to reach, as ratios of what others need to what it needs unless it says otherwise, with 95 % intervals, each from the " +
	"rounds of this run. Of several implementations the one that comes closest stands there, and of several sizes the worst. A target is met if all of the interval is " +
	"within its bound, or if its middle is and the ends are within 5 % of that; missed if nothing of the interval is; else it is too noisy to say. " +
	"What has a cell missing is not measured."

// run returns the command that made the report.
func (r *Results) run() string {
	if strings.HasPrefix(r.Command, "go ") {
		return r.Command
	}
	return strings.TrimSpace("go run ./bench " + r.Command)
}

// facts are what the report was measured on, in pairs of a name and a value.
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
	add("Begun", r.Begun.UTC().Format("2006-01-02 15:04 MST"))
	add("Took", time.Duration(float64(r.Took)*float64(time.Second)).Round(time.Second).String())
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
	add("Load at the begin", m.Load)
	return all
}

func (r *Results) commit() string {
	if hash, changed := strings.CutSuffix(r.Commit, "+"); changed {
		return hash + ", with changes"
	}
	return r.Commit
}

// runs says how often cells were measured.
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

// machine is the machine in a line.
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

// interrupted is what a report of an interrupted run says first.
const interrupted = "The run was interrupted. What had been measured by then is here; the rest is missing."
