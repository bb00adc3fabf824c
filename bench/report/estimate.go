package report

import (
	"math"
	"slices"
)

// confidence is how often an interval covers the truth, at least.
const confidence = 0.95

// An Estimate is a value in the middle of its samples, with an interval.
//
// All intervals here are of one kind. There is a list of candidates for the true
// value, made from the samples, and it is known how the number of candidates below
// the truth is distributed, whatever the samples' own distribution. So many candidates
// are cut off at each end that the truth is among the cut ones in at most 5 of 100
// cases. The estimate is the median of all candidates. No normal distribution is
// assumed: measurements on a shared machine have outliers in most runs.
type Estimate struct {
	Mid, Lo, Hi float64
	N           int  // samples
	Bounded     bool // there are enough samples for Lo and Hi
}

// estimate makes an Estimate of candidates, which it sorts. below[i] is the
// probability that i of them lie below the truth.
func estimate(n int, candidates, below []float64) Estimate {
	if n == 0 {
		return Estimate{}
	}
	slices.Sort(candidates)
	m := len(candidates)
	e := Estimate{Mid: (candidates[(m-1)/2] + candidates[m/2]) / 2, N: n}
	cut, tail := 0, 0.0
	for cut < m/2 {
		if tail += below[cut]; tail > (1-confidence)/2 {
			break
		}
		cut++
	}
	if cut > 0 {
		e.Lo, e.Hi, e.Bounded = candidates[cut-1], candidates[m-cut], true
	}
	return e
}

// median estimates the median of samples. The candidates are the samples: each lies
// below the median with probability one half.
func median(samples []float64) Estimate {
	ones := make([]int, len(samples))
	for i := range ones {
		ones[i] = 1
	}
	return estimate(len(samples), slices.Clone(samples), sums(ones))
}

// center estimates the center of differences whose sign is a matter of chance if
// the two sides are alike. The candidates are the means of all pairs, each sample
// paired with itself too, and their number below the center is distributed as
// Wilcoxon's signed-rank statistic (Hodges and Lehmann, 1963). It needs six samples
// for an interval, as the median does, and makes more of them: it uses how far they
// lie apart, and as many as a quarter may be wild.
func center(differences []float64) Estimate {
	n := len(differences)
	var walsh []float64
	ranks := make([]int, n)
	for i, a := range differences {
		for _, b := range differences[i:] {
			walsh = append(walsh, (a+b)/2)
		}
		ranks[i] = i + 1
	}
	return estimate(n, walsh, sums(ranks))
}

// shift estimates by how much the samples b exceed a, if they differ in nothing
// else. The candidates are all differences, and their number below the shift is
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

// sums returns the distribution of a sum in which each term is there with
// probability one half.
func sums(terms []int) []float64 {
	p := []float64{1}
	for _, t := range terms {
		next := make([]float64, len(p)+t)
		for i, x := range p {
			next[i] += x / 2
			next[i+t] += x / 2
		}
		p = next
	}
	return p
}

// mannWhitney returns the distribution of how many pairs are in order, of one of n
// and one of m samples of the same kind: the largest of all samples is one of the n,
// and so in order with each of the m, with probability n/(n+m).
func mannWhitney(n, m int) []float64 {
	row := make([][]float64, m+1) // of the n so far, by m
	for i := range row {
		row[i] = []float64{1}
	}
	for a := 1; a <= n; a++ {
		next := [][]float64{{1}}
		for b := 1; b <= m; b++ {
			p := make([]float64, a*b+1)
			for i, x := range row[b] {
				p[i+b] += x * float64(a) / float64(a+b)
			}
			for i, x := range next[b-1] {
				p[i] += x * float64(b) / float64(a+b)
			}
			next = append(next, p)
		}
		row = next
	}
	return row[m]
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
