package copied

import (
	"bytes"
	"encoding/json"
	"fmt"
	"go/ast"
	"go/format"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// base is the import path of this module.
const base = "github.com/user/millrace/fuzz/others"

// hooked says which packages have stand-ins.
var hooked = map[string]string{
	"sync/atomic": base + "/shim/atomic",
	"sync":        base + "/shim/sync",
	"runtime":     base + "/shim/runtime",
	"time":        base + "/shim/time",
}

// A source is a package to be copied.
type source struct {
	name   string // of the copy: its path below copies, and its package
	module string // "" for the standard library
	dir    string // in the module
	files  []string
	edits  []edit
	own    []string // files of testdata that are added
}

// An edit replaces a piece of text that is there.
type edit struct{ old, replacement, why string }

// Overlay writes the copies below dir, and returns the file for -overlay. root is the
// directory of this module.
func Overlay(root, dir string) (string, error) {
	w := &writer{root: root, dir: dir, replace: map[string]string{}}
	imports := map[string]string{}
	for _, s := range sources {
		imports[path.Join(s.module, s.dir)] = base + "/copies/" + s.name
	}
	for i := range sources {
		if err := w.copy(&sources[i]); err != nil {
			return "", fmt.Errorf("%s: %w", sources[i].name, err)
		}
	}
	if err := w.adapters(imports); err != nil {
		return "", err
	}
	list, err := json.Marshal(map[string]any{"Replace": w.replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, list, 0o644)
}

// A writer writes files that stand in for others.
type writer struct {
	root, dir string
	replace   map[string]string
}

// add lets text stand for the file at name, which is below root.
func (w *writer) add(name string, text []byte) error {
	file := filepath.Join(w.dir, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		return err
	}
	w.replace[filepath.Join(w.root, name)] = file
	return os.WriteFile(file, text, 0o644)
}

func (w *writer) copy(s *source) error {
	from, err := where(w.root, s.module)
	if err != nil {
		return err
	}
	edited := map[string]bool{}
	for _, name := range s.files {
		text, err := os.ReadFile(filepath.Join(from, s.dir, name))
		if err != nil {
			return err
		}
		for _, e := range s.edits {
			if bytes.Contains(text, []byte(e.old)) {
				edited[e.old] = true
				text = bytes.ReplaceAll(text, []byte(e.old), []byte(e.replacement))
			}
		}
		if text, err = rewrite(text, s.name, hooked); err != nil {
			return err
		}
		if err := w.add(filepath.Join("copies", s.name, name), text); err != nil {
			return err
		}
	}
	for _, e := range s.edits {
		if !edited[e.old] {
			return fmt.Errorf("nothing there like %q", e.old)
		}
	}
	for _, name := range s.own {
		if err := w.own(s, name); err != nil {
			return err
		}
	}
	return nil
}

// own adds a file of testdata: to the copy, or, if it is of one of them, to package
// rings or pools.
func (w *writer) own(s *source, name string) error {
	text, err := os.ReadFile(filepath.Join(w.root, "copied/testdata", name))
	if err != nil {
		return err
	}
	to := filepath.Join("copies", s.name)
	for _, dir := range []string{"rings", "pools"} {
		if bytes.Contains(text, []byte("package "+dir)) {
			to = dir
		}
	}
	return w.add(filepath.Join(to, name), text)
}

// adapters lets package rings import the copies.
func (w *writer) adapters(imports map[string]string) error {
	files, err := filepath.Glob(filepath.Join(w.root, "rings/*.go"))
	if err != nil {
		return err
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		changed, err := rewrite(text, "", imports)
		if err != nil {
			return err
		}
		if bytes.Equal(changed, text) {
			continue
		}
		if err := w.add(filepath.Join("rings", filepath.Base(file)), changed); err != nil {
			return err
		}
	}
	return nil
}

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

// where returns the directory of a module that this one requires, downloaded if it is
// not there, or of the standard library.
func where(root, module string) (string, error) {
	if module == "" {
		goroot, err := gotool(root, "env", "GOROOT")
		return filepath.Join(strings.TrimSpace(string(goroot)), "src"), err
	}
	out, err := gotool(root, "mod", "download", "-json", module)
	if err != nil {
		return "", err
	}
	var found struct{ Dir string }
	err = json.Unmarshal(out, &found)
	return found.Dir, err
}

// gotool runs go in the module at root, outside of any workspace.
func gotool(root string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(os.Environ(), "GOWORK=off")
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w", strings.Join(args, " "), err)
	}
	return out, nil
}
