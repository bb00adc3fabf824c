package archtest

import (
	"go/ast"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// Eventually and its kin poll a clock, so a slow machine decides what they report.
func TestAssertionsPollNothing(t *testing.T) {
	polling := []string{"Eventually", "Eventuallyf", "EventuallyWithT", "EventuallyWithTf", "Never", "Neverf"}
	fset, files := parseRoot(t)
	for _, f := range files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			if pkg, name := selected(n); pkg == "assert" || pkg == "require" {
				assert.NotContains(t, polling, name, "%v: wait on a channel, or in synctest", fset.Position(n.Pos()))
			}
			return true
		})
	}
}

// A failed require ends the goroutine that calls it, which must be the test's: another
// one would end silently, and the test would wait for it forever.
func TestRequireStaysOnTheTestsGoroutine(t *testing.T) {
	fset, files := parseRoot(t)
	for _, f := range files {
		ast.Inspect(f.ast, func(n ast.Node) bool {
			for _, body := range started(n) {
				ast.Inspect(body, func(n ast.Node) bool {
					if pkg, name := selected(n); pkg == "require" {
						t.Errorf("%v: require.%s in a goroutine the test starts; use assert", fset.Position(n.Pos()), name)
					}
					return true
				})
			}
			return true
		})
	}
}

// selected returns the parts of a selector such as require.NoError.
func selected(n ast.Node) (pkg, name string) {
	sel, ok := n.(*ast.SelectorExpr)
	if !ok {
		return "", ""
	}
	id, ok := sel.X.(*ast.Ident)
	if !ok {
		return "", ""
	}
	return id.Name, sel.Sel.Name
}

// started returns the function literals that n runs in other goroutines: that of a go
// statement, and those given to a method Go.
func started(n ast.Node) (bodies []ast.Node) {
	var calls []ast.Expr
	switch n := n.(type) {
	case *ast.GoStmt:
		calls = []ast.Expr{n.Call.Fun}
	case *ast.CallExpr:
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok && sel.Sel.Name == "Go" {
			calls = slices.Clone(n.Args)
		}
	}
	for _, e := range calls {
		if f, ok := e.(*ast.FuncLit); ok {
			bodies = append(bodies, f.Body)
		}
	}
	return bodies
}
