package archtest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"go/types"
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// In these rooms all that can order two goroutines goes through internal.
var explored = []string{"ringbuffer", "pheap", "sched"}

func TestOrderingGoesThroughInternal(t *testing.T) {
	fset, files := parseRoot(t)
	packages := map[string][]*ast.File{}
	for _, f := range files {
		if within(f.dir(), explored...) && !f.isTest() {
			packages[f.dir()] = append(packages[f.dir()], f.ast)
		}
	}
	for _, room := range explored {
		assert.NotEmpty(t, packages[room], "%s has no files; was it renamed?", room)
	}
	for _, files := range packages {
		for _, b := range breaches(fset, files) {
			t.Errorf("%s:%d: %s", b.pos.Filename, b.pos.Line, b.what)
		}
	}
}

// What the explored rooms may not import, and what they use instead.
var forbiddenImports = map[string]string{
	"context":                       "a done channel and threads.Parker",
	"go.uber.org/atomic":            "internal/atomics",
	"github.com/puzpuzpuz/xsync/v3": "internal/atomics",
	"math/rand":                     "internal/random",
	"math/rand/v2":                  "internal/random",
	"sync":                          "internal/threads",
	"sync/atomic":                   "internal/atomics",
}

// Of some packages the explored rooms may use only a part.
var (
	allowedOfTime = []string{
		"Duration", "Nanosecond", "Microsecond", "Millisecond", "Second", "Minute", "Hour",
	}
	forbiddenOfRuntime = []string{"Gosched", "SetFinalizer", "AddCleanup"}
)

// A breach is a place that breaks the law.
type breach struct {
	pos  token.Position
	what string
}

// breaches finds what orders goroutines, or differs from run to run, without
// asking internal, in the files of one package.
//
// It type-checks them without what they import, which is enough to know a map
// or channel of their own, and which names belong to a package.
func breaches(fset *token.FileSet, files []*ast.File) []breach {
	info := &types.Info{
		Types: map[ast.Expr]types.TypeAndValue{},
		Uses:  map[*ast.Ident]types.Object{},
		Defs:  map[*ast.Ident]types.Object{},
	}
	ignoreErrors := types.Config{Error: func(error) {}}
	ignoreErrors.Check("explored", fset, files, info)

	var found []breach
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if what := breachOf(n, info); what != "" {
				found = append(found, breach{fset.Position(n.Pos()), what})
			}
			return true
		})
	}
	return found
}

// breachOf says how n breaks the law, "" if it does not.
func breachOf(n ast.Node, info *types.Info) string {
	switch n := n.(type) {
	case *ast.ImportSpec:
		return importBreach(n)
	case *ast.SelectorExpr:
		return selectorBreach(n, info)
	case *ast.GoStmt:
		return "go statement; use threads.Go"
	case *ast.SelectStmt:
		return "select; use threads.Parker"
	case *ast.SendStmt:
		return "send on a channel; use threads.Parker"
	case *ast.UnaryExpr:
		if n.Op == token.ARROW {
			return "receive from a channel; use threads.Parker"
		}
	case *ast.CallExpr:
		return callBreach(n, info)
	case *ast.RangeStmt:
		return rangeBreach(n, info)
	}
	return ""
}

func importBreach(n *ast.ImportSpec) string {
	path, _ := strconv.Unquote(n.Path.Value)
	if instead, ok := forbiddenImports[path]; ok {
		return fmt.Sprintf("import of %s; use %s", path, instead)
	}
	if n.Name != nil && n.Name.Name == "." {
		return "dot import: it hides what belongs to " + path
	}
	return ""
}

func selectorBreach(n *ast.SelectorExpr, info *types.Info) string {
	id, ok := n.X.(*ast.Ident)
	if !ok {
		return ""
	}
	pkg, ok := info.Uses[id].(*types.PkgName)
	if !ok {
		return ""
	}
	switch path, name := pkg.Imported().Path(), n.Sel.Name; {
	case path == "time" && !slices.Contains(allowedOfTime, name),
		path == "runtime" && slices.Contains(forbiddenOfRuntime, name):
		return path + "." + name + "; use internal/threads"
	}
	return ""
}

func callBreach(n *ast.CallExpr, info *types.Info) string {
	id, ok := n.Fun.(*ast.Ident)
	if !ok {
		return ""
	}
	if _, ok := info.Uses[id].(*types.Builtin); !ok {
		return ""
	}
	switch {
	case id.Name == "close":
		return "close of a channel; use threads.Parker"
	case id.Name == "make" && len(n.Args) > 0 && underlying[*types.Chan](n.Args[0], info):
		return "make of a channel; use threads.Parker"
	}
	return ""
}

func rangeBreach(n *ast.RangeStmt, info *types.Info) string {
	switch {
	case underlying[*types.Map](n.X, info):
		return "range over a map: its order differs from run to run"
	case underlying[*types.Chan](n.X, info):
		return "range over a channel; use threads.Parker"
	}
	return ""
}

func underlying[T types.Type](x ast.Expr, info *types.Info) bool {
	typ := info.TypeOf(x)
	if typ == nil {
		return false
	}
	_, ok := typ.Underlying().(T)
	return ok
}

// Goal: each way to break the law is seen, at its line, and what the law allows
// is not.
//
// Method: line 3 of a file is the case, the rest makes it compile.
func TestBreachesAreFound(t *testing.T) {
	const sees, allows = true, false
	for _, c := range []struct {
		line string
		want bool
	}{
		{`import _ "sync"`, sees},
		{`import _ "sync/atomic"`, sees},
		{`import _ "context"`, sees},
		{`import _ "math/rand/v2"`, sees},
		{`import _ "github.com/puzpuzpuz/xsync/v3"`, sees},
		{`import . "time"`, sees},
		{`import "time"; var _ = time.Now()`, sees},
		{`import clock "time"; func f() { clock.Sleep(1) }`, sees},
		{`import "time"; var _ *time.Timer`, sees},
		{`import "runtime"; func f() { runtime.Gosched() }`, sees},
		{`func f() { go f() }`, sees},
		{`func f() { select {} }`, sees},
		{`func f(c chan int) { c <- 1 }`, sees},
		{`func f(c chan int) { <-c }`, sees},
		{`func f(c chan int) { x, ok := <-c; _, _ = x, ok }`, sees},
		{`func f(c chan int) { close(c) }`, sees},
		{`var c = make(chan int)`, sees},
		{`type signal chan int; var c = make(signal, 1)`, sees},
		{`func f(c chan int) { for range c { } }`, sees},
		{`func f(m map[int]int) { for range m { } }`, sees},
		{`type s struct { m map[int]int }; func (s *s) f() { for k := range s.m { _ = k } }`, sees},

		{`import "time"; const idle = 5 * time.Second; var d time.Duration`, allows},
		{`import "runtime"; var n = runtime.GOMAXPROCS(0)`, allows},
		{`import "github.com/user/millrace/internal/threads"; func f() { threads.Go(f) }`, allows},
		{`func f(done <-chan struct{}) { g(done) }; func g(<-chan struct{}) {}`, allows},
		{`func f(m map[int]int, s []int) { for range s { m[1]++ } }`, allows},
		{`type file struct{}; func (file) close() {}; func f(x file) { x.close() }`, allows},
		{`type clock struct{}; func (clock) Now() {}; func f(time clock) { time.Now() }`, allows},
	} {
		fset := token.NewFileSet()
		f, err := parser.ParseFile(fset, "case.go", "package p\n\n"+c.line+"\n", 0)
		require.NoError(t, err, c.line)
		found := breaches(fset, []*ast.File{f})
		assert.Equal(t, c.want, len(found) > 0, "%s: breaches are %v", c.line, found)
		for _, b := range found {
			assert.Equal(t, 3, b.pos.Line, "%s: the line", c.line)
		}
	}
}
