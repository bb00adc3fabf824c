package pool_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// Goal: the README shows no Go that is not run by an example, and the output of
// its first program is that of the package's example.
func TestReadmeShowsWhatExamplesRun(t *testing.T) {
	readme := readFile(t, "../README.md")
	files, err := filepath.Glob("example*_test.go")
	if err != nil {
		t.Fatal(err)
	}
	var examples strings.Builder
	for _, file := range files {
		examples.WriteString(readFile(t, file))
	}
	blocks := regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(readme, -1)
	if len(blocks) == 0 {
		t.Fatal("the README shows no Go")
	}
	for _, block := range blocks {
		if !strings.Contains(unindented(examples.String()), unindented(block[1])) {
			t.Errorf("no example runs this:\n%s", block[1])
		}
	}
	output := regexp.MustCompile("(?s)```text\n(.*?)```").FindStringSubmatch(readme)
	if output == nil {
		t.Fatal("the README shows no output")
	}
	if first := unindented(blocks[0][1]) + "// Output: " + output[1] + "}\n"; !strings.Contains(unindented(examples.String()), "func Example() {\n"+first) {
		t.Errorf("the first program and its output are not those of Example:\n%s", first)
	}
}

// Goal: each example that the README links to is in the file of the link.
func TestReadmeLinksToExamples(t *testing.T) {
	links := regexp.MustCompile(`\[([\w.]+)\]\((pool/[\w/]*example\w*_test\.go)\)`).FindAllStringSubmatch(readFile(t, "../README.md"), -1)
	if len(links) < 20 {
		t.Errorf("%d links to examples, want at least 20", len(links))
	}
	for _, link := range links {
		name, file := link[1], link[2]
		name = name[strings.LastIndex(name, ".")+1:]
		example := regexp.MustCompile(`(?m)^func Example(\w*_)?` + name + `\(`)
		if name == filepath.Base(filepath.Dir(file)) { // a package's own example
			example = regexp.MustCompile(`(?m)^func Example\w*\(`)
		}
		if !example.MatchString(readFile(t, "../"+file)) {
			t.Errorf("%s has no example of %s", file, link[1])
		}
	}
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(content)
}

// unindented returns text without the space at the beginning of its lines.
func unindented(text string) string {
	return regexp.MustCompile(`(?m)^[ \t]+`).ReplaceAllString(text, "")
}
