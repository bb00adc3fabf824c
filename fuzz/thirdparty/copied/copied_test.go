package copied

import (
	"path/filepath"
	"strings"
	"testing"

	_ "github.com/maypok86/otter/v2" // keeps in go.mod what is copied
)

func TestRewriteKeepsNames(t *testing.T) {
	from := "package queue\n\nimport (\n\t\"sync/atomic\"\n\n\tx \"a.b/c/v3\"\n\t\"a.b/d/v2\"\n)\n"
	to, err := rewrite([]byte(from), "mine", map[string]string{"sync/atomic": "s/atomic", "a.b/c/v3": "copies/c", "a.b/d/v2": "copies/e"})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"package mine\n", `atomic "s/atomic"`, `x "copies/c"`, `d "copies/e"`} {
		if !strings.Contains(string(to), want) {
			t.Errorf("want %s in\n%s", want, to)
		}
	}
}

func TestCopiesBuild(t *testing.T) {
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	overlay, err := Overlay(root, t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	if _, err := gotool(root, "build", "-tags=model", "-overlay="+overlay, "./rings", "./copies/gopool"); err != nil {
		t.Error(err)
	}
}
