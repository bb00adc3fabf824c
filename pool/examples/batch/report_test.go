package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestSumLineIsThatOfSHA256Sum(t *testing.T) {
	// As printed by sha256sum of GNU coreutils 9.1 for empty files.
	const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
	h := reading(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader("")), nil })
	sum, err := h.sum(t.Context(), "")
	require.NoError(t, err)
	for path, want := range map[string]string{
		"a":            empty + "  a\n",
		" a b ":        empty + "   a b \n",
		"dir/ä\t*":     empty + "  dir/ä\t*\n",
		"line\nbreak":  `\` + empty + `  line\nbreak` + "\n",
		`back\slash`:   `\` + empty + `  back\\slash` + "\n",
		"carriage\rre": `\` + empty + `  carriage\rre` + "\n",
		"\\\n":         `\` + empty + `  \\\n` + "\n",
	} {
		assert.Equal(t, want, sumLine(sum, path), "the line for %q", path)
	}
}

func newFiles(n int) []file {
	files := make([]file, n)
	for i := range files {
		files[i].path = fmt.Sprintf("file%03d", i)
	}
	return files
}

func wholeSums(w *bytes.Buffer) *sums {
	return &sums{Writer: w, close: func() error { return nil }}
}

// Goal: lines come in order, each as soon as all outcomes before it are known.
// Method: outcomes in a random order, and a check after each.
func TestLedgerWritesInOrderAsSoonAsItCan(t *testing.T) {
	for seed := range uint64(10) {
		const n = 50
		files := newFiles(n)
		var out bytes.Buffer
		l := newLedger(files, wholeSums(&out), func() { t.Error("aborted") })
		known := make([]bool, n)
		for _, i := range rand.New(rand.NewPCG(seed, 0)).Perm(n) {
			if i%7 == 3 {
				l.done(i, digest{}, errors.New("unreadable"))
			} else {
				l.done(i, digest{byte(i)}, nil)
			}
			known[i] = true
			var want strings.Builder
			for i := 0; i < n && known[i]; i++ {
				if i%7 != 3 {
					want.WriteString(sumLine(digest{byte(i)}, files[i].path))
				}
			}
			require.Equal(t, want.String(), out.String(),
				"seed %d, after file %d: lines are\n%s\nwant\n%s", seed, i, out.String(), want.String())
		}
		require.NoError(t, l.close())
		left, _ := l.left()
		assert.Len(t, l.errs, 7, "seed %d", seed)
		assert.Zero(t, left, "seed %d", seed)
		assert.Equal(t, n-len(l.errs), l.hashed, "seed %d", seed)
	}
}

func TestLedgerWritesSumsAfterAGap(t *testing.T) {
	files := newFiles(4)
	var out bytes.Buffer
	l := newLedger(files, wholeSums(&out), func() { t.Error("aborted") })
	l.done(0, digest{}, nil)
	l.done(3, digest{}, nil)
	require.NoError(t, l.close())
	assert.Equal(t, sumLine(digest{}, "file000")+sumLine(digest{}, "file003"), out.String())
	n, first := l.left()
	assert.Equal(t, 2, n)
	assert.Equal(t, "file001", first)
}

func TestLedgerCancelsARunWhoseSumsCannotBeWritten(t *testing.T) {
	full := errors.New("disk full")
	for name, sums := range map[string]*sums{
		"write": {Writer: failing{full}, close: func() error { return nil }},
		"close": {Writer: new(bytes.Buffer), close: func() error { return full }},
	} {
		t.Run(name, func(t *testing.T) {
			aborted := 0
			l := newLedger(newFiles(2), sums, func() { aborted++ })
			l.done(0, digest{}, nil)
			l.done(1, digest{}, nil)
			assert.ErrorIs(t, l.close(), full)
			assert.Equal(t, 1, aborted, "aborted %d times", aborted)
		})
	}
}

type failing struct{ err error }

func (f failing) Write([]byte) (int, error) { return 0, f.err }

func TestBarIsSilentUnlessShown(t *testing.T) {
	for _, test := range []struct {
		show   bool
		bytes  int64
		silent bool
	}{{false, 100, true}, {true, 0, true}, {true, 100, false}} {
		var out bytes.Buffer
		b := newBar(&out, test.show, test.bytes)
		b.add(50)
		b.finish()
		silent := out.Len() == 0
		assert.Equal(t, test.silent, silent, "%+v: it wrote %q", test, out.String())
		if !test.silent && !strings.HasSuffix(out.String(), "\r") {
			t.Errorf("it left its line behind: %q", out.String())
		}
	}
}
