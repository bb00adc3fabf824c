package main

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// makeTree makes a folder of files and links, named and filled as the map says: a
// name that ends in a slash is a folder, content that begins with "-> " a link.
func makeTree(t *testing.T, entries map[string]string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	for name, content := range entries {
		path := filepath.Join(dir, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o755))
		if strings.HasSuffix(name, "/") {
			must(t, os.MkdirAll(path, 0o755))
		} else if target, ok := strings.CutPrefix(content, "-> "); ok {
			must(t, os.Symlink(target, path))
		} else {
			must(t, os.WriteFile(path, []byte(content), 0o644))
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
		must(t, err)
		sum := sha256.Sum256(content)
		want.WriteString(hex.EncodeToString(sum[:]) + "  " + path + "\n")
	}
	return want.String()
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// oddTree has an entry of each kind that a folder may hold.
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
