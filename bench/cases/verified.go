package cases

import "github.com/user/millrace/bench/measure"

// verifiedText says in a Method what verified does.
const verifiedText = " That none is lost is seen beforehand, off the clock, in the same process: as many tasks that count themselves go " +
	"through a pool of the same kind."

// verified measures n tasks that are nil, that is, do nothing: one that counts itself
// would spend as much on that as a fast pool does on the rest. That none is lost it
// sees by tasks that do count themselves, run beforehand in the same way.
func verified(n int, run func(task func()) measure.Cost) (measure.Sample, error) {
	var ran measure.Counter
	run(ran.Inc)
	if err := lost(ran.Sum(), n); err != nil {
		return measure.Sample{}, err
	}
	return measure.Sample{Values: run(nil).Of(n)}, nil
}
