package pool_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// declaredCallOuts returns the places where package pool may call user code:
//   - exported functions and methods, and fields of exported structs, that take a
//     function, a sequence or a value whose methods the user writes;
//   - the methods of such interfaces;
//   - exported types of functions;
//   - the loop body of a returned sequence.
func declaredCallOuts(t *testing.T) []string {
	entries, err := os.ReadDir(".")
	require.NoError(t, err)
	d := &callOutFinder{t: t, fset: token.NewFileSet(), types: map[string]ast.Expr{}}
	var files []*ast.File
	for _, e := range entries {
		if name := e.Name(); strings.HasSuffix(name, ".go") && !strings.HasSuffix(name, "_test.go") {
			f, err := parser.ParseFile(d.fset, name, nil, parser.SkipObjectResolution)
			require.NoError(t, err)
			files = append(files, f)
		}
	}
	for _, f := range files {
		ast.Inspect(f, func(n ast.Node) bool {
			if spec, ok := n.(*ast.TypeSpec); ok {
				d.types[spec.Name.Name] = spec.Type
			}
			return true
		})
	}
	for name, typ := range d.types {
		if ast.IsExported(name) {
			d.typeSpec(name, typ)
		}
	}
	for _, f := range files {
		for _, decl := range f.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Name.IsExported() {
				d.function(fn)
			}
		}
	}
	return d.found
}

type callOutFinder struct {
	t     *testing.T
	fset  *token.FileSet
	types map[string]ast.Expr
	found []string
}

func (d *callOutFinder) typeSpec(name string, typ ast.Expr) {
	switch typ := typ.(type) {
	case *ast.FuncType:
		d.found = append(d.found, name)
	case *ast.StructType:
		for _, field := range typ.Fields.List {
			for _, id := range field.Names {
				if id.IsExported() && d.callable(field.Type) {
					d.found = append(d.found, name+"."+id.Name)
				}
			}
		}
	case *ast.InterfaceType:
		if !d.userWrites(name) {
			return
		}
		for _, m := range typ.Methods.List {
			for _, id := range m.Names {
				d.found = append(d.found, name+"."+id.Name)
			}
		}
	}
}

// userWrites reports whether users implement an interface of the package: none of its
// methods is unexported, and New does not return it.
func (d *callOutFinder) userWrites(name string) bool {
	typ, ok := d.types[name].(*ast.InterfaceType)
	if !ok || name == "Pool" {
		return false
	}
	for _, m := range typ.Methods.List {
		for _, id := range m.Names {
			if !id.IsExported() {
				return false
			}
		}
	}
	return true
}

func (d *callOutFinder) function(fn *ast.FuncDecl) {
	name := fn.Name.Name
	if fn.Recv != nil {
		recv := receiver(fn.Recv.List[0].Type)
		if !ast.IsExported(recv) {
			return
		}
		name = recv + "." + name
		if d.implements(recv, fn.Name.Name) {
			return
		}
	}
	if strings.HasPrefix(name, "FuncPool.") {
		return // they take values; NewFunc took the function
	}
	for _, field := range fn.Type.Params.List {
		for _, id := range field.Names {
			if d.callable(field.Type) {
				d.found = append(d.found, name+"("+id.Name+")")
			}
		}
	}
	if fn.Type.Results != nil {
		for _, field := range fn.Type.Results.List {
			if d.callable(field.Type) && isSequence(field.Type) {
				d.found = append(d.found, name+"(yield)")
			}
		}
	}
}

// implements reports whether the package's own type has the method only because it is a
// Task.
func (d *callOutFinder) implements(recv, method string) bool {
	return recv == "TaskFunc" && (method == "Execute" || method == "ID" || method == "Priority")
}

func receiver(x ast.Expr) string {
	switch x := x.(type) {
	case *ast.StarExpr:
		return receiver(x.X)
	case *ast.IndexExpr:
		return receiver(x.X)
	case *ast.Ident:
		return x.Name
	}
	return ""
}

// plainTypes are types of other packages that call no user code. The methods of a
// context are taken to be those of the standard library.
var plainTypes = []string{"context.Context", "time.Duration", "time.Time"}

func isSequence(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.IndexExpr:
		return isSequence(x.X)
	case *ast.IndexListExpr:
		return isSequence(x.X)
	case *ast.SelectorExpr:
		return selected(x) == "iter.Seq" || selected(x) == "iter.Seq2"
	}
	return false
}

func selected(x *ast.SelectorExpr) string {
	if pkg, ok := x.X.(*ast.Ident); ok {
		return pkg.Name + "." + x.Sel.Name
	}
	return x.Sel.Name
}

// callable reports whether a value of a type may be user code, or hold some.
func (d *callOutFinder) callable(x ast.Expr) bool {
	switch x := x.(type) {
	case *ast.FuncType:
		return true
	case *ast.Ident:
		switch typ := d.types[x.Name].(type) {
		case *ast.FuncType:
			return true
		case *ast.InterfaceType:
			_ = typ
			return d.userWrites(x.Name)
		}
		return false
	case *ast.ArrayType:
		return d.callable(x.Elt)
	case *ast.Ellipsis:
		return d.callable(x.Elt)
	case *ast.MapType:
		return d.callable(x.Key) || d.callable(x.Value)
	case *ast.SelectorExpr:
		for _, plain := range plainTypes {
			if selected(x) == plain {
				return false
			}
		}
		return true // unless it is known better
	case *ast.IndexExpr:
		return d.callable(x.X)
	case *ast.IndexListExpr:
		return d.callable(x.X)
	}
	return false
}
