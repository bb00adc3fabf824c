package pool_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Goal: the examples that are run here are those of the plan, line by line. Method:
// testdata/plan has the plan's own text. Each example is compared with the body of the
// function named after it. Blank lines do not count. If an example is followed by more
// of the test, its last line may be a return of its pool.
func TestPlanExamplesAreAsPrinted(t *testing.T) {
	here := append(bodies(t, "plan_examples_test.go", readFile(t, "plan_examples_test.go"), "plan"),
		bodies(t, "plan_signal_test.go", readFile(t, "plan_signal_test.go"), "plan")...)
	files, err := filepath.Glob("testdata/plan/*.go.txt")
	require.NoError(t, err, "the plan's examples")
	require.Len(t, files, 9, "the plan's examples")
	for _, file := range files {
		text := readFile(t, file)
		if !strings.HasPrefix(text, "package") {
			text = "package main\n" + text
		}
		want := bodies(t, file, text, "main")
		name := "plan" + strings.ReplaceAll(strings.TrimSuffix(filepath.Base(file), ".go.txt"), "-", "")
		i := slices.IndexFunc(here, func(f function) bool { return strings.EqualFold(f.name, name) })
		switch {
		case len(want) != 1:
			t.Errorf("%s has %d functions main", file, len(want))
		case i < 0:
			t.Errorf("there is no function %s for %s", name, file)
		default:
			sameLines(t, here[i], want[0].lines)
			here = slices.Delete(here, i, i+1)
		}
	}
	for _, f := range here {
		t.Errorf("%s is no example of the plan", f.name)
	}
}

func sameLines(t *testing.T, got function, want []string) {
	t.Helper()
	if n := len(got.lines); n == len(want)+1 && got.lines[n-1] == "return pool" {
		got.lines = got.lines[:n-1]
	}
	if !slices.Equal(got.lines, want) {
		t.Errorf("%s is\n%s\nin the plan it is\n%s", got.name, strings.Join(got.lines, "\n"), strings.Join(want, "\n"))
	}
}

// A function is the body of a function, without blank lines and indentation.
type function struct {
	name  string
	lines []string
}

// bodies returns the functions of a file whose names begin with prefix.
func bodies(t *testing.T, file, src, prefix string) (found []function) {
	t.Helper()
	fset := token.NewFileSet()
	parsed, err := parser.ParseFile(fset, file, src, parser.SkipObjectResolution)
	require.NoError(t, err)
	for _, decl := range parsed.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || !strings.HasPrefix(fn.Name.Name, prefix) {
			continue
		}
		f := function{name: fn.Name.Name}
		body := src[fset.Position(fn.Body.Lbrace).Offset+1 : fset.Position(fn.Body.Rbrace).Offset]
		for line := range strings.Lines(body) {
			if line = strings.TrimSpace(line); line != "" {
				f.lines = append(f.lines, line)
			}
		}
		found = append(found, f)
	}
	return found
}
