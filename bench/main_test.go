package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
	require.NoError(t, bench(t.Context(), args, &out, io.Discard))
	for _, name := range []string{"report.html", "report.md", report.FileName, "benchmarks.txt"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if assert.NoError(t, err, name) {
			assert.NotZero(t, info.Size(), name)
		}
	}
	assert.Contains(t, out.String(), filepath.Join(dir, "report.html"))
	results := filepath.Join(dir, report.FileName)
	out.Reset()
	err := bench(t.Context(), append(args, "-compare", results), &out, io.Discard)
	assert.NoError(t, err, "-compare")
	assert.Contains(t, out.String(), "No difference: ", "-compare")
}

// Goal: the report of kept results is the same as that of the run.
func TestBenchWritesTheReportOfKeptResults(t *testing.T) {
	kept, again := t.TempDir(), t.TempDir()
	r := sample.Results(7)
	require.NoError(t, report.Write(kept, r, nil))
	args := []string{"-from", filepath.Join(kept, report.FileName), "-compare", filepath.Join(kept, report.FileName), "-out", again}
	var out bytes.Buffer
	err := bench(t.Context(), args, &out, io.Discard)
	assert.NoError(t, err)
	assert.Contains(t, out.String(), "No difference: ")
	for _, name := range []string{"report.html", "report.md", report.FileName, "benchmarks.txt"} {
		want, err := os.ReadFile(filepath.Join(kept, name))
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(again, name))
		assert.NoError(t, err, "%s differs", name)
		assert.Equal(t, want, got, "%s differs", name)
	}
}

// Goal: an interrupted run writes its results.
func TestInterruptedRunWritesItsResults(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	dir := t.TempDir()
	cancelled := writerFunc(func() { cancel() })
	err := bench(ctx, []string{"-cases", "noop", "-impls", "millrace", "-runs", "100000", "-length", "1ms", "-out", dir}, io.Discard, cancelled)
	require.Error(t, err)
	require.Contains(t, err.Error(), "interrupted")
	r, err := report.Load(filepath.Join(dir, report.FileName))
	if assert.NoError(t, err) {
		assert.True(t, r.Interrupted)
	}
}

// A writerFunc is called for each Write.
type writerFunc func()

func (f writerFunc) Write(p []byte) (int, error) { f(); return len(p), nil }

func TestBenchNamesTheError(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(file, []byte("{"), 0o666))
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
