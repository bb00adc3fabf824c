package run

import (
	"context"
	"os"
	"strings"
	"testing"
	"time"
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
	if err != nil {
		t.Fatal(err)
	}
	const rounds = 2 * 4 // four in each visit
	if len(r.Cells) == 0 || len(seen) != rounds*len(r.Cells) || seen[len(seen)-1].Done != len(seen)-1 {
		t.Fatalf("%d cells, %d reports of progress", len(r.Cells), len(seen))
	}
	for _, c := range r.Cells {
		if len(c.Runs) != rounds {
			t.Fatalf("%+v", c)
		}
		for _, run := range c.Runs {
			if run.Err != "" || run.Ops < 1 || run.Values["ns/op"] <= 0 {
				t.Errorf("%s %s %s: %+v", c.Case, c.Params, c.Impl, run)
			}
		}
	}
	if len(r.Impls) != 2 || len(r.Cases) != 1 || r.Machine.Processors == 0 || r.Interrupted {
		t.Errorf("%+v", r)
	}
}

func TestUnknownNamesAreReportedWithTheKnown(t *testing.T) {
	for _, cfg := range []Config{{Cases: []string{"nop"}}, {Impls: []string{"nop"}}} {
		cfg.Runs = 1
		_, err := Run(t.Context(), cfg)
		if err == nil || !strings.Contains(err.Error(), `"nop"`) || !strings.Contains(err.Error(), ", ") {
			t.Errorf("%v", err)
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
	if err != nil || !r.Interrupted {
		t.Fatalf("interrupted %v, %v", r.Interrupted, err)
	}
	runs := 0
	for _, c := range r.Cells {
		runs += len(c.Runs)
	}
	if runs != 3 {
		t.Errorf("%d runs", runs)
	}
}

func TestAChildThatHangsIsEnded(t *testing.T) {
	req := Request{Case: "noop", Params: "procs=2/workers=2/submitters=1", Impl: "channel", Length: time.Hour, Ops: 1 << 50}
	if run := start(t.Context()).ask(req, 200*time.Millisecond).Run; !strings.Contains(run.Err, "not done after 200ms") {
		t.Errorf("%+v", run)
	}
}

func TestAChildThatCrashesSaysWhy(t *testing.T) {
	for want, req := range map[string]Request{
		`no case "x"`: {Case: "x"},
		`no size "x"`: {Case: "noop", Params: "x"},
		`no impl "x"`: {Case: "noop", Params: "procs=2/workers=2/submitters=1", Impl: "x"},
	} {
		if run := start(t.Context()).ask(req, time.Minute).Run; !strings.Contains(run.Err, want) {
			t.Errorf("%+v, want %s", run, want)
		}
	}
}

func TestAChildThatDiesSaysHow(t *testing.T) {
	c := start(t.Context())
	if err := c.cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	req := Request{Case: "noop", Params: "procs=2/workers=2/submitters=1", Impl: "channel"}
	for range 2 { // it stays dead
		if run := c.ask(req, time.Minute).Run; !strings.Contains(run.Err, "signal: killed") {
			t.Errorf("%+v", run)
		}
	}
}
