// Package scratch copies source trees to places where they may be broken.
package scratch

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Copy copies all but hidden files, and what keep says no to, into an empty folder.
// Paths given to keep are relative to from; a nil keep says yes to all.
func Copy(from, to string, keep func(path string) bool) error {
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil || rel == "." {
			return err
		}
		hidden := strings.HasPrefix(d.Name(), ".")
		switch {
		case d.IsDir() && hidden:
			return fs.SkipDir
		case hidden, !d.IsDir() && keep != nil && !keep(rel):
			return nil
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), content, 0o644)
	})
}
