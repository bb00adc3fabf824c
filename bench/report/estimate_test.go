package report

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The critical values are those of the usual tables, two-sided at 5 %.
func TestIntervalsCutAtTheCriticalValues(t *testing.T) {
	for n, want := range map[int]int{5: -1, 6: 0, 7: 2, 8: 3, 9: 5, 10: 8, 12: 13, 15: 25, 20: 52} {
		assert.Equal(t, want, cutoff(n*(n+1)/2+1, signedRanks(n))-1, "Wilcoxon, %d", n)
	}
	for nm, want := range map[[2]int]int{{3, 3}: -1, {4, 4}: 0, {5, 5}: 2, {5, 8}: 6, {8, 5}: 6, {10, 10}: 23, {10, 20}: 55, {20, 20}: 127} {
		assert.Equal(t, want, cutoff(nm[0]*nm[1]+1, mannWhitney(nm[0], nm[1]))-1, "Mann and Whitney, %v", nm)
	}
}

func TestEstimates(t *testing.T) {
	outlier := []float64{3, 1, 2, 5, 4, 1000}
	if e := median(outlier); e.Mid != 3.5 || e.Lo != 1 || e.Hi != 1000 || !e.Bounded || e.N != 6 {
		t.Errorf("median of six: %+v", e)
	}
	e := median(outlier[:5])
	assert.Equal(t, 3.0, e.Mid, "median of five: %+v", e)
	assert.False(t, e.Bounded, "median of five: %+v", e)
	assert.Equal(t, Estimate{}, median(nil), "median of none")
	e = center([]float64{1, 2, 3})
	assert.Equal(t, 2.0, e.Mid, "center of three: %+v", e)
	assert.False(t, e.Bounded, "center of three: %+v", e)
	e = shift([]float64{1, 2, 3, 4}, []float64{11, 12, 13, 14})
	assert.Equal(t, 10.0, e.Mid, "shift: %+v", e)
	assert.Equal(t, 7.0, e.Lo, "shift: %+v", e)
	assert.Equal(t, 13.0, e.Hi, "shift: %+v", e)
	assert.Equal(t, 3.0, outlier[0], "the samples were sorted")
}

// Goal: with noise that has outliers, the interval covers the true value as often as it claims,
// and not much more often. Ten rounds with a scatter of 5 % resolve 5 %.
// Method: many rounds with a known value; the bounds are six standard deviations away.
func TestIntervalsCoverTheTruth(t *testing.T) {
	const trials, rounds = 2000, 10
	rng := rand.New(rand.NewPCG(1, 1))
	noise := func() float64 {
		x := 0.035 * rng.NormFloat64()
		if rng.IntN(20) == 0 {
			x *= 20
		}
		return x
	}
	covered, same, detected := 0, 0, 0
	for range trials {
		var logs, clean, old, new []float64
		for range rounds {
			logs = append(logs, noise()-noise())
			old = append(old, noise())
			new = append(new, noise()+0.2)
			clean = append(clean, math.Log(1.05)+0.05*rng.NormFloat64())
		}
		if e := center(logs); e.Lo <= 0 && 0 <= e.Hi {
			covered++
		}
		if e := shift(old, new); e.Lo <= 0.2 && 0.2 <= e.Hi {
			same++
		}
		if compareLogs(clean).Verdict == More {
			detected++
		}
	}
	for what, n := range map[string]int{"center": covered, "shift": same} {
		if share := float64(n) / trials; share < 0.92 || share > 0.98 {
			t.Errorf("%s: the truth was covered in %.3f of the trials", what, share)
		}
	}
	share := float64(detected) / trials
	assert.GreaterOrEqual(t, share, 0.7, "5 %% were detected in %.3f of the trials", share)
}
