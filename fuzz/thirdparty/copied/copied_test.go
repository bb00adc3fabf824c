package copied

import (
	"path/filepath"
	"testing"

	_ "github.com/maypok86/otter/v2" // keeps in go.mod what is copied

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRewriteKeepsNames(t *testing.T) {
	from := "package queue\n\nimport (\n\t\"sync/atomic\"\n\n\tx \"a.b/c/v3\"\n\t\"a.b/d/v2\"\n)\n"
	to, err := rewrite([]byte(from), "mine", map[string]string{"sync/atomic": "s/atomic", "a.b/c/v3": "copies/c", "a.b/d/v2": "copies/e"})
	require.NoError(t, err)
	for _, want := range []string{"package mine\n", `atomic "s/atomic"`, `x "copies/c"`, `d "copies/e"`} {
		assert.Contains(t, string(to), want)
	}
}

func TestCopiesBuild(t *testing.T) {
	root, err := filepath.Abs("..")
	require.NoError(t, err)
	overlay, err := Overlay(root, t.TempDir())
	require.NoError(t, err)
	_, err = gotool(root, "build", "-tags=model", "-overlay="+overlay, "./rings", "./copies/gopool")
	assert.NoError(t, err)
}
