package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const repository = "../.."

// Goal: the table in the tree is that of the faults there: the same names and files,
// each of them killed, by a test that exists.
func TestTableIsOfTheFaults(t *testing.T) {
	content, err := os.ReadFile("TABLE.md")
	require.NoError(t, err)
	rows := strings.Count(string(content), "\n| ") - 2 // without the head of the columns
	found := hints(repository)
	assert.Equal(t, len(faults), rows, "rows of the table; go run ./fuzz/mutate -table fuzz/mutate/TABLE.md")
	for _, f := range faults {
		h, ok := found[f.name]
		if !assert.True(t, ok, "%s is not killed in the table", f.name) {
			continue
		}
		assert.Equal(t, f.file, h.file, "the file of %s", f.name)
		if name, _, _ := strings.Cut(h.test, "/"); strings.HasPrefix(name, "Test") {
			assert.True(t, testExists(t, h, name), "%s: no %s in the stage %s", f.name, name, h.stage)
		}
	}
}

// testExists reports whether the package of the hint's stage has a test of that name.
func testExists(t *testing.T, h hint, name string) bool {
	for _, s := range stages(h.file) {
		if s.name != h.stage {
			continue
		}
		files, err := filepath.Glob(filepath.Join(repository, s.args[len(s.args)-1], "*_test.go"))
		require.NoError(t, err)
		for _, file := range files {
			content, err := os.ReadFile(file)
			require.NoError(t, err)
			if strings.Contains(string(content), "\nfunc "+name+"(") {
				return true
			}
		}
	}
	return false
}

func TestHintNarrowsItsStage(t *testing.T) {
	s := stages("pool/stop.go")[0]
	assert.Equal(t, "-run=^TestA$/^b\\.c$", hint{test: "TestA/b.c"}.narrowed(s).args[1])
	stuck := hint{test: "TestA", stuck: true}.narrowed(s).args
	assert.Equal(t, []string{"-timeout=20s", "./pool"}, stuck[len(stuck)-2:])
}
