package copied

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
)

// base is the import path of this module.
const base = "github.com/user/millrace/fuzz/thirdparty"

// hooked says which packages have stand-ins.
var hooked = map[string]string{
	"sync/atomic": base + "/internal/atomics",
	"sync":        base + "/internal/threads",
	"runtime":     base + "/internal/threads",
	"time":        base + "/internal/threads",
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

// An edit replaces a piece of text, wherever it is; it must be somewhere.
type edit struct{ old, replacement, why string }

// Overlay writes the copies below dir, and returns the file for -overlay. root is the
// directory of this module.
func Overlay(root, dir string) (string, error) {
	w := &writer{root: root, dir: dir, replace: map[string]string{}}
	imports := map[string]string{}
	for i := range sources {
		s := &sources[i]
		if s.module != "" {
			imports[path.Join(s.module, s.dir)] = base + "/copies/" + s.name
		}
		if err := w.copy(s); err != nil {
			return "", fmt.Errorf("%s: %w", s.name, err)
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

// copy writes the copy of a package.
func (w *writer) copy(s *source) error {
	from, err := where(w.root, s.module)
	if err != nil {
		return err
	}
	made := make([]bool, len(s.edits))
	for _, name := range s.files {
		text, err := os.ReadFile(filepath.Join(from, s.dir, name))
		if err != nil {
			return err
		}
		for i, e := range s.edits {
			made[i] = made[i] || bytes.Contains(text, []byte(e.old))
			text = bytes.ReplaceAll(text, []byte(e.old), []byte(e.replacement))
		}
		if text, err = rewrite(text, s.name, hooked); err != nil {
			return err
		}
		if err := w.add(filepath.Join("copies", s.name, name), text); err != nil {
			return err
		}
	}
	if i := slices.Index(made, false); i >= 0 {
		return fmt.Errorf("nothing there like %q", s.edits[i].old)
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
