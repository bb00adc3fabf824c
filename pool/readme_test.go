package pool_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Goal: an example runs all Go code that the README shows, and the output of its first
// program is that of the package's example.
func TestReadmeShowsWhatExamplesRun(t *testing.T) {
	readme := readFile(t, "../README.md")
	files, err := filepath.Glob("example*_test.go")
	require.NoError(t, err)
	var examples strings.Builder
	for _, file := range files {
		examples.WriteString(readFile(t, file))
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	require.NotEmpty(t, blocks, "the README shows no Go")
	for _, block := range blocks {
		assert.Contains(t, unindented(examples.String()), unindented(block[1]), "no example runs this:\n%s", block[1])
	}
	output := regexp.MustCompile("(?s)```text\n(.*?)```").FindStringSubmatch(readme)
	require.NotNil(t, output, "the README shows no output")
	first := unindented(blocks[0][1]) + "// Output: " + output[1] + "}\n"
	assert.Contains(t, unindented(examples.String()), "func Example() {\n"+first,
		"the first program and its output are not those of Example:\n%s", first)
}

// Goal: each example that the README links to is in the file of the link.
func TestReadmeLinksToExamples(t *testing.T) {
	links := regexp.MustCompile(`\[([\w.]+)\]\((pool/[\w/]*example\w*_test\.go)\)`).FindAllStringSubmatch(readFile(t, "../README.md"), -1)
	assert.GreaterOrEqual(t, len(links), 20, "links to examples")
	for _, link := range links {
		name, file := link[1], link[2]
		name = name[strings.LastIndex(name, ".")+1:]
		example := regexp.MustCompile(`(?m)^func Example(\w*_)?` + name + `\(`)
		if name == filepath.Base(filepath.Dir(file)) { // a package's own example
			example = regexp.MustCompile(`(?m)^func Example\w*\(`)
		}
		assert.True(t, example.MatchString(readFile(t, "../"+file)), "%s has no example of %s", file, link[1])
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}

// unindented returns text without the white space at the beginning of its lines.
func unindented(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}
