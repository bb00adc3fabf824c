package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func pathsOf(l *listing) []string {
	paths := []string{}
	for _, f := range l.files {
		paths = append(paths, f.path)
	}
	return paths
}

func TestListFindsEveryFileOnceSortedByPath(t *testing.T) {
	dir, files := oddTree(t)
	in := func(name string) string { return filepath.Join(dir, name) }
	slices.Sort(files)
	for _, test := range []struct {
		name  string
		roots []string
		files []string
		errs  []string // what each begins with
	}{
		{"a folder", []string{dir}, files, []string{in("broken") + ": link to nowhere: ", in("loop") + ": link to loop: "}},
		{"given twice, and a folder in it", []string{dir, in("a"), dir}, files, []string{in("broken"), in("loop")}},
		{"not cleaned", []string{in("a") + "/./../a/"}, []string{in("a/b"), in("a/deep/er")}, nil},
		{"empty", []string{in("empty")}, nil, nil},
		{"a file", []string{in("big")}, []string{in("big")}, nil},
		{"a link to a file", []string{in("to-file")}, []string{in("to-file")}, nil},
		{"a link to a folder", []string{in("to-folder")}, []string{in("to-folder/b"), in("to-folder/deep/er")}, nil},
		{"missing", []string{in("missing"), in("big")}, []string{in("big")}, []string{in("missing") + ": "}},
		{"below a file", []string{in("big/x")}, nil, []string{in("big/x") + ": "}},
		{"a broken link", []string{in("broken")}, nil, []string{in("broken") + ": link to nowhere: "}},
	} {
		t.Run(test.name, func(t *testing.T) {
			l := list(t.Context(), test.roots, nil)
			if got := pathsOf(l); !slices.Equal(got, test.files) {
				t.Errorf("files are %q, want %q", got, test.files)
			}
			if !slices.EqualFunc(l.errs, test.errs, func(got fileError, want string) bool {
				return strings.HasPrefix(got.Error(), want)
			}) {
				t.Errorf("errors are %q, want %q", l.errs, test.errs)
			}
			assert.False(t, l.cut, "cut")
		})
	}
}

func TestListCountsWhatItLeavesOut(t *testing.T) {
	dir, _ := oddTree(t)
	l := list(t.Context(), []string{dir, dir}, nil)
	if l.dirLinks != 1 || l.special != 0 {
		t.Errorf("%d links to folders and %d special files, want 1 and 0", l.dirLinks, l.special)
	}
	l = list(t.Context(), []string{os.DevNull}, nil)
	if l.dirLinks != 0 || l.special != 1 {
		t.Errorf("%d links to folders and %d special files, want 0 and 1", l.dirLinks, l.special)
	}
}

func TestListLeavesOutTheFileOfTheSums(t *testing.T) {
	dir, files := oddTree(t)
	info, err := os.Stat(filepath.Join(dir, "a/b"))
	require.NoError(t, err)
	l := list(t.Context(), []string{dir}, info)
	// Neither by its name nor through the link to it.
	assert.Len(t, l.files, len(files)-2)
}

func TestListEndsWithItsContext(t *testing.T) {
	dir, _ := oddTree(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	l := list(ctx, []string{dir}, nil)
	assert.True(t, l.cut)
	assert.Empty(t, l.files)
}
