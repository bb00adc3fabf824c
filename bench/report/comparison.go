package report

import "math"

// A Verdict says how an implementation stands to the one it is compared with.
type Verdict int

// The verdicts. What is compared is a cost: less is better.
const (
	Incomparable Verdict = iota // one of the two was not measured, or failed
	TooFew                      // too few runs for an interval
	Less                        // the implementation needs less
	More                        // the implementation needs more
	Same                        // no difference that could be told, where 5 % would have been
	Noisy                       // no difference that could be told, and 5 % would not have been
)

// String names the verdict as the page's style sheet does.
func (v Verdict) String() string {
	return [...]string{"incomparable", "few", "less", "more", "same", "noisy"}[v]
}

// resolution is the ratio that a comparison must be able to tell from 1.
const resolution = 1.05

// A Comparison compares two by the ratio of what they need.
//
// The ratio is taken round by round. The runs of a round were measured one after the
// other, so that what disturbs the machine for longer than a run, its clock, its
// neighbours, disturbs both, and most of it cancels: what remains is steadier than
// either figure. Were the two alike, each logarithm of a ratio would be as likely to
// be positive as negative, at any size, which is all that the signed-rank interval
// asks for (see center). Averages and deviations would need more rounds to say the
// same, as one wild round spoils them.
//
// Of differences of 5 %, where ratios scatter by 3 % and one round in twenty is wild,
// it tells 63 of 100 with 6 rounds, 83 with 8 and 95 with 12; where they scatter by
// 5 %, it takes 20 rounds to tell 95 (by simulation).
type Comparison struct {
	Verdict Verdict
	Ratio   Estimate
}

// judge returns the comparison of a ratio that is given by its logarithms.
func compareLogs(logs []float64) Comparison {
	return comparisonOf(center(logs))
}

// comparisonOf judges an estimate of the logarithm of a ratio.
func comparisonOf(e Estimate) Comparison {
	j := Comparison{Ratio: e.exp()}
	switch {
	case e.N == 0:
		j.Verdict = Incomparable
	case !e.Bounded:
		j.Verdict = TooFew
	case e.Hi < 0:
		j.Verdict = Less
	case e.Lo > 0:
		j.Verdict = More
	case (e.Hi-e.Lo)/2 > math.Log(resolution):
		j.Verdict = Noisy
	default:
		j.Verdict = Same
	}
	return j
}

// logRatio returns the logarithm of a/b. There is none if one of them is not
// positive, but two that need nothing are alike.
func logRatio(a, b float64) (float64, bool) {
	if a == b && a == 0 {
		return 0, true
	}
	if !(a > 0 && b > 0) {
		return 0, false
	}
	log := math.Log(a / b)
	return log, !math.IsInf(log, 0)
}

// wide reports whether an interval is so wide that its middle says little: then the
// interval is shown in its place.
func (e Estimate) wide() bool { return e.Bounded && e.Hi > 1.5*e.Lo }
