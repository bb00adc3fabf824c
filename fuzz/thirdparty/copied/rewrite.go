package copied

import (
	"bytes"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
)

// rewrite changes the imports of a Go file, and, unless it is "", the name of its
// package. What is imported keeps the name it had.
func rewrite(text []byte, name string, imports map[string]string) ([]byte, error) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, "", text, parser.ParseComments)
	if err != nil {
		return nil, err
	}
	if name != "" {
		f.Name.Name = name
	}
	for _, spec := range f.Imports {
		from, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return nil, err
		}
		if to, ok := imports[from]; ok {
			spec.Path.Value = strconv.Quote(to)
			if spec.Name == nil {
				spec.Name = ast.NewIdent(lastName(from))
			}
		}
	}
	var b bytes.Buffer
	err = format.Node(&b, fset, f)
	return b.Bytes(), err
}

// lastName is the name of the package imported from there, by custom.
func lastName(from string) string {
	parts := strings.Split(from, "/")
	last := parts[len(parts)-1]
	if len(last) > 1 && last[0] == 'v' && last[1] <= '9' {
		last = parts[len(parts)-2]
	}
	return last
}
