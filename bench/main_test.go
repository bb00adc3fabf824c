package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
	"github.com/user/millrace/bench/run"
)

// The test is its own child.
func TestMain(m *testing.M) {
	if run.Child() {
		return
	}
	os.Exit(m.Run())
}

// Goal: a run writes its files, names the page, and can be compared with a later one.
func TestBenchWritesItsFolder(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "deep", "er")
	args := []string{"-cases", "noop,call", "-impls", "millrace, channel", "-runs", "1", "-length", "1ms", "-out", dir}
	var out bytes.Buffer
	if err := bench(t.Context(), args, &out, io.Discard); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report.html", "report.md", report.FileName, "benchmarks.txt"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !strings.Contains(out.String(), filepath.Join(dir, "report.html")) {
		t.Errorf("it does not name the page:\n%s", &out)
	}
	results := filepath.Join(dir, report.FileName)
	out.Reset()
	if err := bench(t.Context(), append(args, "-compare", results), &out, io.Discard); err != nil || !strings.Contains(out.String(), "No difference: ") {
		t.Errorf("-compare: %v\n%s", err, &out)
	}
}

// Goal: the report of kept results is the same as that of the run.
func TestBenchWritesTheReportOfKeptResults(t *testing.T) {
	kept, again := t.TempDir(), t.TempDir()
	r := sample.Results(7)
	if err := report.Write(kept, r, nil); err != nil {
		t.Fatal(err)
	}
	args := []string{"-from", filepath.Join(kept, report.FileName), "-compare", filepath.Join(kept, report.FileName), "-out", again}
	var out bytes.Buffer
	if err := bench(t.Context(), args, &out, io.Discard); err != nil || !strings.Contains(out.String(), "No difference: ") {
		t.Errorf("%v\n%s", err, &out)
	}
	for _, name := range []string{"report.html", "report.md", report.FileName, "benchmarks.txt"} {
		want, err := os.ReadFile(filepath.Join(kept, name))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(filepath.Join(again, name)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs, %v", name, err)
		}
	}
}

// Goal: an interrupted run writes its results.
func TestInterruptedRunWritesItsResults(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	cancelled := writerFunc(func() { cancel() })
	err := bench(ctx, []string{"-cases", "noop", "-impls", "millrace", "-runs", "100000", "-length", "1ms", "-out", dir}, io.Discard, cancelled)
	if err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Fatalf("%v", err)
	}
	if r, err := report.Load(filepath.Join(dir, report.FileName)); err != nil || !r.Interrupted {
		t.Errorf("%v", err)
	}
}

// A writerFunc is called for each Write.
type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) { f(); return len(p), nil }

func TestBenchNamesTheError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, []byte("{"), 0o666); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		`no case "nop"; there are noop, `:              {"-cases", "nop", "-out", t.TempDir()},
		`no impl "nop"; there are millrace, channel, `: {"-impls", "nop", "-out", t.TempDir()},
		"takes part in":       {"-cases", "wake", "-impls", "ants", "-out", t.TempDir()},
		file:                  {"-out", file},
		file + ": ":           {"-compare", file},
		`"extra"`:             {"extra"},
		"-targets":            {"-full", "-targets"},
		"-runs = -1: must":    {"-runs", "-1"},
		"-length = -1s: must": {"-length", "-1s"},
	} {
		if err := bench(t.Context(), args, io.Discard, io.Discard); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("bench %s: %v, want %q", strings.Join(args, " "), err, want)
		}
	}
}
