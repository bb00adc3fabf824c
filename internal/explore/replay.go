//go:build model

package explore

import (
	"fmt"
	"math/bits"
	"strconv"
	"strings"
)

// Replay runs the scenario on the given schedule or seed. The Failure returned has no
// Message if it did not fail.
func Replay(cfg Config, schedule string, scenario func(*X)) (*Failure, error) {
	follow, err := parse(schedule)
	if err != nil {
		return nil, err
	}
	var st stage
	defer st.close()
	e := st.run(scenario, follow, cfg.withDefaults().settings(true))
	return &Failure{
		Message:     e.failure,
		Schedule:    encode(e.decisions, follow.patient()),
		Steps:       e.story(),
		Preemptions: e.preemptions,
	}, nil
}

// parse returns a strategy that goes by a schedule or a seed.
func parse(schedule string) (strategy, error) {
	if strings.Contains(schedule, ":") {
		sd, err := parseSeed(schedule)
		if err != nil {
			return nil, err
		}
		return sd.sampler(), nil
	}
	return decode(schedule)
}

// encode writes decisions as a schedule: p if the strategy was patient, the ids of the
// threads that step, 1x5 for five steps of thread 1, and c2 where a choice was 2.
func encode(decisions []decision, patient bool) string {
	var b strings.Builder
	if patient {
		b.WriteByte('p')
	}
	for i := 0; i < len(decisions); {
		if b.Len() > 0 {
			b.WriteByte('.')
		}
		d, n := decisions[i], 1
		if d < 0 {
			fmt.Fprintf(&b, "c%d", ^d)
			i++
			continue
		}
		for i+n < len(decisions) && decisions[i+n] == d {
			n++
		}
		if i += n; n == 1 {
			fmt.Fprintf(&b, "%d", d)
		} else {
			fmt.Fprintf(&b, "%dx%d", d, n)
		}
	}
	return b.String()
}

// decode reads a schedule.
func decode(schedule string) (*replay, error) {
	var decisions []decision
	schedule, isPatient := strings.CutPrefix(schedule, "p")
	for part := range strings.SplitSeq(strings.TrimPrefix(schedule, "."), ".") {
		value, isChoice := strings.CutPrefix(part, "c")
		id, times, repeated := strings.Cut(value, "x")
		d, err := strconv.ParseUint(id, 10, 31)
		n := uint64(1)
		if err == nil && repeated {
			n, err = strconv.ParseUint(times, 10, 20)
		}
		if err != nil || isChoice && repeated {
			return nil, fmt.Errorf("explore: %q is not a part of a schedule", part)
		}
		for range n {
			if isChoice {
				decisions = append(decisions, ^decision(d))
			} else {
				decisions = append(decisions, decision(d))
			}
		}
	}
	return &replay{decisions, isPatient}, nil
}

// A replay follows a schedule as far as it goes, and then preempts nobody.
type replay struct {
	decisions []decision
	isPatient bool
}

func (r *replay) patient() bool           { return r.isPatient }
func (r *replay) observe(*execution, int) {}

func (r *replay) pick(e *execution, enabled uint64) (id int, ok bool) {
	if len(r.decisions) > 0 {
		d := r.decisions[0]
		r.decisions = r.decisions[1:]
		if d >= 0 && d < maxThreads && enabled>>uint(d)&1 != 0 {
			return int(d), true
		}
		r.decisions = nil
	}
	if e.goesOn(enabled) {
		return e.last.id, true
	}
	return bits.TrailingZeros64(enabled), true
}

func (r *replay) choose(_ *execution, n int) int {
	if len(r.decisions) > 0 {
		d := r.decisions[0]
		r.decisions = r.decisions[1:]
		if d < 0 && int(^d) < n {
			return int(^d)
		}
		r.decisions = nil
	}
	return 0
}
