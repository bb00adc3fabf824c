package run

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The test is its own child.
func TestMain(m *testing.M) {
	if Child() {
		return
	}
	os.Exit(m.Run())
}

func small() Config {
	return Config{Cases: []string{"noop"}, Impls: []string{"millrace", "channel"}, Runs: 2, Length: time.Millisecond}
}

func TestEachCellIsMeasuredInEachRound(t *testing.T) {
	cfg := small()
	var seen []Progress
	cfg.OnProgress = func(p Progress) { seen = append(seen, p) }
	r, err := Run(t.Context(), cfg)
	require.NoError(t, err)
	const rounds = 2 * 4 // four in each visit
	require.NotEmpty(t, r.Cells)
	require.Len(t, seen, rounds*len(r.Cells))
	require.Equal(t, len(seen)-1, seen[len(seen)-1].Done)
	for _, c := range r.Cells {
		require.Len(t, c.Runs, rounds, c)
		for _, run := range c.Runs {
			assert.Empty(t, run.Err, "%s %s %s: %+v", c.Case, c.Params, c.Impl, run)
			assert.GreaterOrEqual(t, run.Ops, 1, "%s %s %s: %+v", c.Case, c.Params, c.Impl, run)
			assert.Positive(t, run.Values["ns/op"], "%s %s %s: %+v", c.Case, c.Params, c.Impl, run)
		}
	}
	assert.Len(t, r.Impls, 2, r)
	assert.Len(t, r.Cases, 1, r)
	assert.NotZero(t, r.Machine.Processors, r)
	assert.False(t, r.Interrupted, r)
}

func TestUnknownNamesAreReportedWithTheKnown(t *testing.T) {
	for _, cfg := range []Config{{Cases: []string{"nop"}}, {Impls: []string{"nop"}}} {
		cfg.Runs = 1
		_, err := Run(t.Context(), cfg)
		if assert.Error(t, err) {
			assert.Contains(t, err.Error(), `"nop"`)
			assert.Contains(t, err.Error(), ", ")
		}
	}
}

func TestAnInterruptedRunHasWhatWasMeasured(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	cfg := small()
	cfg.Runs = 1000
	cfg.OnProgress = func(p Progress) {
		if p.Done == 3 {
			cancel()
		}
	}
	r, err := Run(ctx, cfg)
	require.NoError(t, err)
	require.True(t, r.Interrupted)
	runs := 0
	for _, c := range r.Cells {
		runs += len(c.Runs)
	}
	assert.Equal(t, 3, runs)
}

func TestAChildThatHangsIsEnded(t *testing.T) {
	req := Request{Case: "noop", Params: "procs=2/workers=2/submitters=1", Impl: "channel", Length: time.Hour, Ops: 1 << 50}
	run := start(t.Context()).ask(req, 200*time.Millisecond).Run
	assert.Contains(t, run.Err, "not done after 200ms", run)
}

func TestAChildThatCrashesSaysWhy(t *testing.T) {
	for want, req := range map[string]Request{
		`no case "x"`: {Case: "x"},
		`no size "x"`: {Case: "noop", Params: "x"},
		`no impl "x"`: {Case: "noop", Params: "procs=2/workers=2/submitters=1", Impl: "x"},
	} {
		run := start(t.Context()).ask(req, time.Minute).Run
		assert.Contains(t, run.Err, want, run)
	}
}

func TestAChildThatDiesSaysHow(t *testing.T) {
	c := start(t.Context())
	require.NoError(t, c.cmd.Process.Kill())
	req := Request{Case: "noop", Params: "procs=2/workers=2/submitters=1", Impl: "channel"}
	for range 2 { // it stays dead
		run := c.ask(req, time.Minute).Run
		assert.Contains(t, run.Err, "signal: killed", run)
	}
}
