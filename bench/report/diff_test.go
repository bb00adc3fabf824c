package report_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

func changeOf(t *testing.T, c *report.Diff, impl string) report.Change {
	t.Helper()
	for _, change := range c.Changes {
		if change.Impl == impl {
			return change
		}
	}
	t.Fatalf("nothing of %s: %+v", impl, c)
	panic("unreachable")
}

// In the new run the machine is a third slower, and millrace a tenth slower than that.
func TestCompareTakesOutTheDriftOfTheMachine(t *testing.T) {
	old := duel(map[string][]float64{"millrace": eight, "channel": times(2, eight), "other": times(3, eight)})
	slow := []float64{130, 134, 131, 135, 129, 132, 133, 136}
	c := report.Compare(old, duel(map[string][]float64{"millrace": times(1.1, slow), "channel": times(2, slow), "other": times(3, slow)}))
	if m := changeOf(t, c, "millrace"); m.Verdict != report.More || m.Ratio.Mid < 1.09 || m.Ratio.Mid > 1.11 {
		t.Errorf("%v %+v", m.Verdict, m.Ratio)
	}
	ch := changeOf(t, c, "channel")
	assert.Equal(t, report.Same, ch.Verdict, ch.Ratio)
}

// The drift for an implementation does not include its own figures.
func TestCompareSeesThatAnImplChanged(t *testing.T) {
	old := duel(map[string][]float64{"millrace": eight, "channel": eight, "other": eight})
	c := report.Compare(old, duel(map[string][]float64{"millrace": eight, "channel": times(1.2, eight), "other": eight}))
	ch := changeOf(t, c, "channel")
	assert.Equal(t, report.More, ch.Verdict, ch.Ratio)
	assert.GreaterOrEqual(t, ch.Ratio.Mid, 1.19, ch.Ratio)
}

// Implementations of other versions do not measure the drift of the machine.
func TestCompareWithoutAnythingUnchangedSaysSo(t *testing.T) {
	old := duel(map[string][]float64{"millrace": eight, "channel": eight})
	now := duel(map[string][]float64{"millrace": times(1.2, eight), "channel": times(1.2, eight)})
	now.Impls[1].Version = "v2"
	now.Machine.CPU, now.Machine.Go = "another", "go1.99"
	c := report.Compare(old, now)
	if m := changeOf(t, c, "millrace"); m.Verdict != report.More || m.Ratio.Mid < 1.19 || m.Ratio.Mid > 1.21 {
		t.Errorf("%v %+v", m.Verdict, m.Ratio)
	}
	notes := strings.Join(c.Notes, "\n")
	for _, want := range []string{"machines differ", "channel: v1 before, v2 now", "Go: unknown before, go1.99 now", "include those of the machine"} {
		assert.Contains(t, notes, want)
	}
}

func TestCompareOfWhatIsInOneOnly(t *testing.T) {
	old := duel(map[string][]float64{"millrace": eight, "channel": eight})
	now := duel(map[string][]float64{"millrace": eight, "other": eight})
	c := report.Compare(old, now)
	notes := strings.Join(c.Notes, "\n")
	assert.Len(t, c.Changes, 1, c)
	assert.Contains(t, notes, "1 cell only before", c)
	assert.Contains(t, notes, "1 cell only now", c)
	now.Cases[0].Method = "another"
	c = report.Compare(old, now)
	assert.Empty(t, c.Changes, c)
	now.Cases[0].Method, now.Cases[0].Unit = "", "B/op"
	c = report.Compare(old, now)
	assert.Empty(t, c.Changes, c)
	assert.Contains(t, strings.Join(c.Notes, "\n"), "in another way", c)
}

func TestCompareTellsWhoFailsNow(t *testing.T) {
	old := duel(map[string][]float64{"millrace": eight, "channel": eight})
	now := duel(map[string][]float64{"millrace": eight, "channel": eight})
	now.Cells[1].Runs[7] = report.Run{Err: "hung"}
	var text, mark bytes.Buffer
	c := report.Compare(old, now)
	require.NoError(t, c.WriteText(&text))
	require.NoError(t, c.WriteMarkdown(&mark))
	assert.Contains(t, text.String(), "fails now: hung")
	assert.Contains(t, mark.String(), "fails now: hung")
}

// Any two runs can be compared, and a run does not differ from itself.
func TestCompareOfAnyTwo(t *testing.T) {
	for a, old := range samples() {
		for b, now := range samples() {
			if a == "full" || b == "full" {
				continue
			}
			c := report.Compare(old, now)
			var text bytes.Buffer
			require.NoError(t, c.WriteText(&text))
			for _, change := range c.Changes {
				if a == b && (change.Verdict == report.Less || change.Verdict == report.More) {
					t.Errorf("%s: %+v", a, change)
				}
			}
		}
	}
	var text bytes.Buffer
	err := report.Summary(&text, sample.Results(7), sample.Odd())
	assert.NoError(t, err)
	assert.Contains(t, text.String(), "machines differ")
}
