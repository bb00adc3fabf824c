package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const (
	root   = "../.."
	module = "github.com/user/millrace"
)

// A sourceFile is a parsed Go file of the root module.
type sourceFile struct {
	name string // slash-separated, from the root
	ast  *ast.File
}

func (f sourceFile) dir() string  { return path.Dir(f.name) }
func (f sourceFile) isTest() bool { return strings.HasSuffix(f.name, "_test.go") }

// imports returns the paths f imports, each with where it does.
func (f sourceFile) imports() map[string]token.Pos {
	found := map[string]token.Pos{}
	for _, spec := range f.ast.Imports {
		p, _ := strconv.Unquote(spec.Path.Value) // the parser has seen to it
		found[p] = spec.Pos()
	}
	return found
}

// parseRoot parses all Go files of the root module, whatever their build tags.
func parseRoot(t *testing.T) (*token.FileSet, []sourceFile) {
	t.Helper()
	fset := token.NewFileSet()
	var files []sourceFile
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && file != root && skipped(file):
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(file) != ".go":
			return nil
		}
		rel, err := filepath.Rel(root, file)
		if err != nil {
			return err
		}
		src, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		name := filepath.ToSlash(rel)
		parsed, err := parser.ParseFile(fset, name, src, parser.ParseComments)
		files = append(files, sourceFile{name, parsed})
		return err
	})
	require.NoError(t, err)
	return fset, files
}

// skipped reports whether dir is none of the module's: a folder go ignores, or
// a nested module.
func skipped(dir string) bool {
	base := filepath.Base(dir)
	if strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" {
		return true
	}
	_, err := os.Stat(filepath.Join(dir, "go.mod"))
	return err == nil
}

// within reports whether dir is one of rooms or below one.
func within(dir string, rooms ...string) bool {
	for _, room := range rooms {
		if dir == room || strings.HasPrefix(dir, room+"/") {
			return true
		}
	}
	return false
}
