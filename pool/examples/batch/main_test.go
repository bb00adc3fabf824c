package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestEnginesAgreeWithAnIndependentSum(t *testing.T) {
	dir, files := oddTree(t)
	want := wantSums(t, files...)
	for _, engine := range engineNames {
		for _, workers := range []string{"1", "3"} {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), []string{"-engine", engine, "-workers", workers, "-queue", "2", dir}, &stdout, &stderr)
			assert.Equal(t, exitErrors, code, "%s: exit status %d", engine, code) // of the broken links
			assert.Equal(t, want, stdout.String(), engine)
		}
	}
}

func TestExitStatusAndMessage(t *testing.T) {
	dir, _ := oddTree(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	for _, test := range []struct {
		name   string
		args   []string
		code   int
		stderr []string // parts of it
	}{
		{"a file", []string{in("big")}, exitOK, []string{"1 file hashed", "files/s", "MB/s", "1 submitted, 1 completed, 0 failed"}},
		{"no pool", []string{"-engine", "channel", in("big")}, exitOK, []string{"(channel, "}},
		{"an empty folder", []string{in("empty")}, exitOK, []string{"no files in " + in("empty")}},
		{"a missing folder", []string{in("missing")}, exitErrors, []string{"1 error:", in("missing") + ": no such file"}},
		{"broken links", []string{dir}, exitErrors, []string{"5 files hashed", "2 errors:", in("broken") + ": link to nowhere: no such file", "left out: 1 folder link, 0 special files"}},
		{"no workers", []string{"-workers", "0", dir}, exitUsage, []string{"-workers 0: must be at least 1"}},
		{"negative workers", []string{"-workers=-2", dir}, exitUsage, []string{"-workers -2: must be at least 1"}},
		{"workers that are no number", []string{"-workers=two", dir}, exitUsage, []string{`"two"`, "-workers"}},
		{"too many workers", []string{"-workers=1000000000", dir}, exitUsage, []string{"Workers = 1000000000"}},
		{"no queue", []string{"-queue", "0", dir}, exitUsage, []string{"-queue 0: must be at least 1"}},
		{"negative grace", []string{"-grace", "-1s", dir}, exitUsage, []string{"-grace -1s: must not be negative"}},
		{"no such engine", []string{"-engine", "steam", dir}, exitUsage, []string{"-engine steam: no such engine; there are pool, channel, goroutines"}},
		{"no such flag", []string{"-speed", dir}, exitUsage, []string{"-speed", "batch -h"}},
		{"help", []string{"-h"}, exitOK, []string{"usage: batch", "-engine", "-workers", "-queue", "-sums", "-grace"}},
		{"sums to nowhere", []string{"-sums", in("missing/sums"), dir}, exitErrors, []string{"-sums " + in("missing/sums") + ": no such file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var stderr bytes.Buffer
			code := run(t.Context(), test.args, io.Discard, &stderr)
			assert.Equal(t, test.code, code, "exit status")
			for _, part := range test.stderr {
				assert.Contains(t, stderr.String(), part)
			}
			assert.False(t, strings.ContainsAny(stderr.String(), "\r\x1b"),
				"a bar where there is no terminal: %q", stderr.String())
		})
	}
}

func TestSumsGoToAFileThatIsNotHashed(t *testing.T) {
	dir := makeTree(t, map[string]string{"a": "1", "b": "2"})
	path := filepath.Join(dir, "SUMS")
	for range 2 { // the second time it is there from the beginning
		var stdout bytes.Buffer
		require.Equal(t, exitOK, run(t.Context(), []string{"-sums", path, dir}, &stdout, io.Discard), "exit status")
		got, err := os.ReadFile(path)
		require.NoError(t, err)
		assert.Equal(t, wantSums(t, filepath.Join(dir, "a"), filepath.Join(dir, "b")), string(got))
		assert.Zero(t, stdout.Len(), "stdout has %q", stdout.String())
	}
}

func TestDefaultFolderIsTheSourceOfGo(t *testing.T) {
	cfg, _, err := parse(nil)
	require.NoError(t, err)
	require.Len(t, cfg.roots, 1, "folders")
	_, err = os.Stat(filepath.Join(cfg.roots[0], "fmt", "print.go"))
	assert.NoError(t, err)
}

// endlessTree has a file that is hashed at once and a sparse one that takes hours.
func endlessTree(t *testing.T) (dir string) {
	dir = makeTree(t, map[string]string{"a": "soon"})
	f, err := os.Create(filepath.Join(dir, "z"))
	require.NoError(t, err)
	require.NoError(t, f.Truncate(1<<40))
	require.NoError(t, f.Close())
	return dir
}

// A hookedWriter calls hook at each write.
type hookedWriter struct {
	bytes.Buffer
	hook func()
}

func (w *hookedWriter) Write(p []byte) (int, error) {
	defer w.hook()
	return w.Buffer.Write(p)
}

func TestInterruptKeepsSumsAndReportsTheRest(t *testing.T) {
	dir := endlessTree(t)
	for _, engine := range engineNames {
		t.Run(engine, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			stdout := &hookedWriter{hook: cancel}
			var stderr bytes.Buffer
			assert.Equal(t, exitInterrupted, run(ctx, []string{"-engine", engine, "-workers", "2", "-grace", "0", dir}, stdout, &stderr),
				"exit status")
			if want := wantSums(t, filepath.Join(dir, "a")); stdout.String() != want {
				t.Errorf("sums are\n%s\nwant\n%s", stdout.String(), want)
			}
			want := fmt.Sprintf("interrupted: 1 of 2 files done, 1 left, the first of them %s\n", filepath.Join(dir, "z"))
			assert.Contains(t, stderr.String(), want)
		})
	}
}

func TestInterruptWhileListing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	dir, _ := oddTree(t)
	var stdout, stderr bytes.Buffer
	assert.Equal(t, exitInterrupted, run(ctx, []string{dir}, &stdout, &stderr), "exit status")
	if want := "interrupted: 0 of 0 files found so far done, 0 left"; stdout.Len() > 0 || !strings.Contains(stderr.String(), want) {
		t.Errorf("stdout has %q, and stderr does not say %q:\n%s", stdout.String(), want, stderr.String())
	}
}

func TestSumsThatCannotBeWrittenEndTheRun(t *testing.T) {
	dir := endlessTree(t)
	var stderr bytes.Buffer
	code := run(t.Context(), []string{"-grace", "0", dir}, failing{io.ErrClosedPipe}, &stderr)
	assert.Equal(t, exitErrors, code, "exit status")
	assert.Contains(t, stderr.String(), "batch: cannot write the sums: ")
}
