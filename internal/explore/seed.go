//go:build model

package explore

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A seed stands for one random schedule of a scenario.
type seed struct {
	way    string // that schedules are drawn: pctN, of depth N, pos or urw
	number uint64
	steps  []int // that each goroutine is expected to take
}

// ways are taken in turn.
var ways = []string{"pct2", "pos", "pct3", "urw", "pct5"}

// String writes a seed like pct2:17:30,41.
func (sd seed) String() string {
	steps := make([]string, len(sd.steps))
	for i, n := range sd.steps {
		steps[i] = strconv.Itoa(n)
	}
	return fmt.Sprintf("%s:%d:%s", sd.way, sd.number, strings.Join(steps, ","))
}

// parseSeed reads what String wrote.
func parseSeed(s string) (sd seed, err error) {
	bad := fmt.Errorf("explore: %q is not a seed", s)
	parts := strings.Split(s, ":")
	if len(parts) != 3 || !slices.Contains(ways, parts[0]) {
		return sd, bad
	}
	sd.way = parts[0]
	if sd.number, err = strconv.ParseUint(parts[1], 10, 64); err != nil {
		return sd, bad
	}
	for part := range strings.SplitSeq(parts[2], ",") {
		n, err := strconv.ParseUint(part, 10, 31)
		if err != nil || len(sd.steps) == maxThreads {
			return sd, bad
		}
		sd.steps = append(sd.steps, int(n))
	}
	return sd, nil
}

// sampler returns the strategy that draws the schedule.
func (sd seed) sampler() strategy {
	switch sd.way {
	case "pos":
		return &pos{newSampler(sd.number)}
	case "urw":
		return newURW(sd.number, sd.steps)
	}
	all := 0
	for _, n := range sd.steps {
		all += n
	}
	depth, _ := strconv.Atoi(strings.TrimPrefix(sd.way, "pct"))
	return newPCT(sd.number, depth, all)
}

// sample runs random schedules. Each is expected to have as many steps as the execution
// before it.
func (x *explorer) sample() {
	for i := range x.cfg.Samples {
		if x.over() {
			return
		}
		sd := seed{ways[i%len(ways)], uint64(i), x.last.stepsOfEach()}
		x.execute(sd.sampler())
		x.res.Sampled++
		if f := x.res.Failure; f != nil {
			f.Seed = sd.String()
		}
	}
}

// stepsOfEach returns how many steps each goroutine took.
func (e *execution) stepsOfEach() []int {
	if e == nil {
		return []int{0} // there was no execution
	}
	steps := make([]int, len(e.threads))
	for i, t := range e.threads {
		steps[i] = int(t.steps)
	}
	return steps
}
