package report

// A Result is a result, for tests.
type Result struct {
	Winner, Margin, Sizes, Against, Failed string
	Verdict                                Verdict
}

// ResultsOf returns the results by the names of the cases.
func ResultsOf(r *Results) map[string]Result {
	all := make(map[string]Result)
	for _, bm := range benchmarks(r) {
		a := bm.result()
		all[bm.Name] = Result{a.Winner, a.Margin, a.Sizes, a.Against, a.Failed, a.Verdict}
	}
	return all
}

// Compared returns the comparisons of an implementation at the first size of a case, and over
// all sizes.
func Compared(r *Results, name, impl string) (cell, overall Comparison) {
	for _, bm := range benchmarks(r) {
		if col, ok := bm.of(impl); ok && bm.Name == name {
			return col.Cells[0].Against, col.Overall
		}
	}
	return
}

// Figure, Percent and Bench are for tests.
var (
	Figure  = figure
	Percent = percent
	Bench   = benchName
)
