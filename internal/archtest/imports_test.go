package archtest

import (
	"encoding/json"
	"go/ast"
	"go/build/constraint"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A library's requirements are its users' too.
func TestRootRequiresOnlyItsThree(t *testing.T) {
	allowed := []string{
		"github.com/puzpuzpuz/xsync/v3",
		"github.com/stretchr/testify",
		"go.uber.org/atomic",
	}
	type moduleVersion struct {
		Path     string
		Indirect bool
	}
	var mod struct {
		Require []moduleVersion
		Replace []any
		Tool    []moduleVersion
	}
	goMod := filepath.Join(root, "go.mod")
	if _, err := os.Stat(goMod); err != nil { // tells go test's cache what the outcome depends on
		t.Fatal(err)
	}
	out, err := exec.Command("go", "mod", "edit", "-json", goMod).Output()
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(out, &mod))
	for _, req := range mod.Require {
		if !req.Indirect && !slices.Contains(allowed, req.Path) {
			t.Errorf("go.mod: requires %s; the root may require %v", req.Path, allowed)
		}
	}
	for _, tool := range mod.Tool {
		t.Errorf("go.mod: has the tool %s; tools belong in internal/tools", tool.Path)
	}
	assert.Empty(t, mod.Replace, "go.mod: users would not get what it replaces")
}

func TestTestifyStaysInTests(t *testing.T) {
	fset, files := parseRoot(t)
	for _, f := range files {
		if f.isTest() || f.dir() == "internal/queuetest" {
			continue
		}
		for imported, pos := range f.imports() {
			assert.False(t, within(imported, "github.com/stretchr/testify"),
				"%v: imports %s outside a test", fset.Position(pos), imported)
		}
	}
}

// The arrows: pool → sched → ringbuffer, pheap → internal.
func TestImportsGoOneWay(t *testing.T) {
	above := map[string][]string{
		"internal":   {"ringbuffer", "pheap", "sched", "pool"},
		"ringbuffer": {"pheap", "sched", "pool"},
		"pheap":      {"sched", "pool"},
		"sched":      {"pool"},
	}
	fset, files := parseRoot(t)
	for _, f := range files {
		if f.isTest() {
			continue
		}
		room, _, _ := strings.Cut(f.dir(), "/")
		for imported, pos := range f.imports() {
			if rest, ours := strings.CutPrefix(imported, module+"/"); ours && within(rest, above[room]...) {
				t.Errorf("%v: %s imports %s, which lies above it", fset.Position(pos), room, imported)
			}
		}
	}
}

// Some packages below pool are of use without a pool, and the internal ones are parts
// of it that need nothing of the rest.
func TestRoomsOfPoolDoWithoutPool(t *testing.T) {
	apart := map[string][]string{ // what each may import of this module
		"pool/histogram":         nil,
		"pool/internal/taskctx":  nil,
		"pool/internal/watchdog": nil,
		"pool/ratelimit":         {"internal"},
	}
	fset, files := parseRoot(t)
	seen := map[string]bool{}
	for _, f := range files {
		allowed, isApart := apart[f.dir()]
		if !isApart || f.isTest() {
			continue
		}
		seen[f.dir()] = true
		for imported, pos := range f.imports() {
			if rest, ours := strings.CutPrefix(imported, module+"/"); ours && !within(rest, allowed...) {
				t.Errorf("%v: %s imports %s; it may import %v", fset.Position(pos), f.dir(), imported, allowed)
			}
		}
	}
	for room := range apart {
		assert.True(t, seen[room], "%s has no files; was it renamed?", room)
	}
}

func TestHookIsImportedInModelBuildsOnly(t *testing.T) {
	fset, files := parseRoot(t)
	for _, f := range files {
		for imported, pos := range f.imports() {
			if within(imported, module+"/internal/hook") && !needsModel(f.ast) {
				t.Errorf("%v: imports %s without go:build model", fset.Position(pos), imported)
			}
		}
	}
}

// needsModel reports whether f's build constraint cannot hold without the tag
// model, all other tags given.
func needsModel(f *ast.File) bool {
	for _, group := range f.Comments {
		if group.Pos() > f.Package {
			break
		}
		for _, c := range group.List {
			if expr, err := constraint.Parse(c.Text); err == nil {
				return !expr.Eval(func(tag string) bool { return tag != "model" })
			}
		}
	}
	return false
}
