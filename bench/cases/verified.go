package cases

import "github.com/user/millrace/bench/measure"

// verifiedText is the sentence about verified in a Method.
const verifiedText = " A run before the measured one, in the same process, checks that no task is lost, with tasks that count themselves."

// verified measures n tasks that are nil, so that they do nothing: counting itself would
// cost a task as much as a fast pool does. A run before it, with tasks that count
// themselves, checks that none is lost.
func verified(n int, run func(task func()) measure.Cost) (measure.Sample, error) {
	var ran measure.Counter
	run(ran.Inc)
	if err := lost(ran.Sum(), n); err != nil {
		return measure.Sample{}, err
	}
	return measure.Sample{Values: run(nil).Of(n)}, nil
}
