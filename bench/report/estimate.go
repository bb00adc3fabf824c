package report

import (
	"math"
	"slices"
	"sort"

	"github.com/aclements/go-moremath/stats"
)

// confidence is the least probability that an interval covers the true value.
const confidence = 0.95

// An Estimate is a value in the middle of its samples, with an interval.
//
// All intervals are of one kind. The samples give a list of candidates for the true value.
// The distribution of the number of candidates below the true value is known, whatever the
// distribution of the samples. Candidates are cut off at each end, so that the true value is
// among the cut ones in at most 5 of 100 cases. The estimate is the median of all candidates.
// No normal distribution is assumed, because most runs on a shared machine have outliers.
type Estimate struct {
	Mid, Lo, Hi float64
	N           int  // number of samples
	Bounded     bool // there are enough samples for Lo and Hi
}

// estimate makes an Estimate of candidates, which it sorts. below(i) is the probability
// that at most i of them lie below the truth.
func estimate(n int, candidates []float64, below func(i int) float64) Estimate {
	if n == 0 {
		return Estimate{}
	}
	slices.Sort(candidates)
	m := len(candidates)
	e := Estimate{Mid: (candidates[(m-1)/2] + candidates[m/2]) / 2, N: n}
	if cut := cutoff(m/2, below); cut > 0 {
		e.Lo, e.Hi, e.Bounded = candidates[cut-1], candidates[m-cut], true
	}
	return e
}

// cutoff returns the number of candidates to cut off at each end, at most the given one.
func cutoff(most int, below func(i int) float64) int {
	return sort.Search(most, func(i int) bool { return below(i) > (1-confidence)/2 })
}

// median estimates the median of samples. The candidates are the samples: each lies
// below the median with probability one half.
func median(samples []float64) Estimate {
	n := len(samples)
	return estimate(n, slices.Clone(samples), func(i int) float64 {
		return stats.BinomialDist{N: n, P: 0.5}.CDF(float64(i))
	})
}

// center estimates the center of differences whose sign is a matter of chance if
// the two sides are alike. The candidates are the means of all pairs, each sample
// paired with itself too. Their number below the center is distributed as Wilcoxon's
// signed-rank statistic (Hodges and Lehmann, 1963). Like the median it needs six samples
// for an interval. The interval is narrower, because it depends on how far the samples
// lie apart, and a quarter of the samples may be outliers.
func center(differences []float64) Estimate {
	n := len(differences)
	var walsh []float64
	for i, a := range differences {
		for _, b := range differences[i:] {
			walsh = append(walsh, (a+b)/2)
		}
	}
	return estimate(n, walsh, signedRanks(n))
}

// shift estimates by how much the samples b exceed a, if they differ in nothing
// else. The candidates are all differences. Their number below the shift is
// distributed as the statistic of Mann and Whitney.
func shift(a, b []float64) Estimate {
	var differences []float64
	for _, x := range a {
		for _, y := range b {
			differences = append(differences, y-x)
		}
	}
	return estimate(min(len(a), len(b)), differences, mannWhitney(len(a), len(b)))
}

// mannWhitney returns the cumulative distribution of the statistic of Mann and Whitney
// for samples of two sizes.
func mannWhitney(n, m int) (below func(i int) float64) {
	return func(i int) float64 { return stats.UDist{N1: n, N2: m}.CDF(float64(i)) }
}

// signedRanks returns the cumulative distribution of Wilcoxon's signed-rank statistic
// for n samples: a sum in which each rank from 1 to n appears with probability one half.
func signedRanks(n int) (below func(i int) float64) {
	p := []float64{1}
	for rank := 1; rank <= n; rank++ {
		next := make([]float64, len(p)+rank)
		for i, x := range p {
			next[i] += x / 2
			next[i+rank] += x / 2
		}
		p = next
	}
	for i := range p[1:] {
		p[i+1] += p[i]
	}
	return func(i int) float64 { return p[i] }
}

// exp turns an estimate of logarithms into one of their values.
func (e Estimate) exp() Estimate {
	if e.N == 0 {
		return e
	}
	e.Mid = math.Exp(e.Mid)
	if e.Bounded {
		e.Lo, e.Hi = math.Exp(e.Lo), math.Exp(e.Hi)
	}
	return e
}

// inverse returns the estimate of one over the value.
func (e Estimate) inverse() Estimate {
	e.Mid = 1 / e.Mid
	if e.Bounded {
		e.Lo, e.Hi = 1/e.Hi, 1/e.Lo
	}
	return e
}
