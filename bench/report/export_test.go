package report

// Answered is the answer to a question, for tests.
type Answered struct {
	Winner, Margin, Sizes, Against, Failed string
	Verdict                                Verdict
}

// Answers returns the answers by the names of the cases.
func Answers(r *Results) map[string]Answered {
	all := make(map[string]Answered)
	for _, q := range questions(r) {
		a := q.answer()
		all[q.Name] = Answered{a.Winner, a.Margin, a.Sizes, a.Against, a.Failed, a.Verdict}
	}
	return all
}

// Judged returns the verdict on a rival at a case's first size, and over all.
func Judged(r *Results, name, rival string) (cell, overall Judgement) {
	for _, q := range questions(r) {
		if col, ok := q.of(rival); ok && q.Name == name {
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
