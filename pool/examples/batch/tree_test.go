package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// makeTree makes a folder with the files in the map, by name. A name that ends in a
// slash is a folder, content that begins with "-> " a link.
func makeTree(t *testing.T, entries map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range entries {
		path := filepath.Join(dir, name)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if strings.HasSuffix(name, "/") {
			require.NoError(t, os.MkdirAll(path, 0o755))
		} else if target, ok := strings.CutPrefix(content, "-> "); ok {
			require.NoError(t, os.Symlink(target, path))
		} else {
			require.NoError(t, os.WriteFile(path, []byte(content), 0o644))
		}
	}
	return dir
}

// wantSums returns the lines for the named files, each hashed in one piece.
func wantSums(t *testing.T, paths ...string) string {
	t.Helper()
	slices.Sort(paths)
	var want strings.Builder
	for _, path := range paths {
		content, err := os.ReadFile(path)
		require.NoError(t, err)
		sum := sha256.Sum256(content)
		want.WriteString(hex.EncodeToString(sum[:]) + "  " + path + "\n")
	}
	return want.String()
}

// oddTree has an entry of each kind.
func oddTree(t *testing.T) (dir string, files []string) {
	dir = makeTree(t, map[string]string{
		"a/b":       "in a folder",
		"a-b":       "sorts before a/b, and is found after it",
		"a/deep/er": "",
		"empty/":    "",
		"big":       strings.Repeat("0123456789", chunkSize/4),
		"to-file":   "-> a/b",
		"to-folder": "-> a",
		"broken":    "-> nowhere",
		"loop":      "-> loop",
	})
	for _, name := range []string{"a/b", "a-b", "a/deep/er", "big", "to-file"} {
		files = append(files, filepath.Join(dir, name))
	}
	return dir, files
}
