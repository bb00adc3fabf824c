package main

import (
	"bytes"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

const repository = "../.."

// Goal: the READMEs, reports and charts in the tree are those of the results in the tree.
func TestGeneratedFilesAreThoseOfTheResults(t *testing.T) {
	files, err := generate(repository)
	require.NoError(t, err)
	for path, want := range files {
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s differs from its results: go run ./bench/readme", path)
		}
	}
}

// Goal: the folder of results has only results, the choice of rows and generated files,
// of less than 1 MB.
func TestResultsAreSmall(t *testing.T) {
	files, err := generate(repository)
	require.NoError(t, err)
	var size int64
	err = filepath.WalkDir(filepath.Join(repository, results), func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		if files[path] == nil && d.Name() != report.FileName && d.Name() != "rows.txt" {
			t.Errorf("%s is neither results nor rows nor generated", path)
		}
		info, err := d.Info()
		if err == nil {
			size += info.Size()
		}
		return err
	})
	assert.NoError(t, err)
	assert.Less(t, size, int64(1e6))
}

// printing returns a printer of one run, called sample.
func printing(t *testing.T, r *report.Results) printer {
	folder := t.TempDir()
	dir := filepath.Join(folder, "sample")
	require.NoError(t, os.Mkdir(dir, 0o777))
	require.NoError(t, r.Save(dir))
	return printer{folder: folder, link: "results/", runs: make(map[string]*report.Results)}
}

func TestRewriteReplacesTheTextBetweenTheMarks(t *testing.T) {
	const size = "procs=2/workers=8/submitters=8"
	p := printing(t, sample.Results(6))
	writeRows(t, p, "rows.txt", "sample noop "+size+" ns/op channel\nsample noop "+size+" ns/op ants No-op and ants\n")
	page := "above\n<!-- figures: summary sample -->\nformer\n<!-- end of figures -->\nmiddle\n" +
		"<!-- figures: sizes sample noop channel ants -->\n<!-- end of figures -->\n" +
		"<!-- figures: charts sample noop noop -->\n<!-- end of figures -->\n" +
		"<!-- figures: impls sample -->\n<!-- end of figures -->\n" +
		"<!-- figures: machine sample -->\n<!-- end of figures -->\n" +
		"<!-- figures: rows rows.txt -->\n<!-- end of figures -->\nbelow\n"
	once, err := p.rewrite(page)
	require.NoError(t, err)
	for _, want := range []string{
		"above\n<!-- figures: summary", "| millrace |", "| ns/op; procs 2 | millrace | channel | ants |", "\nmiddle\n", "\nbelow\n",
		`src="results/sample/noop-light.svg"`, "| ants | github.com/panjf2000/ants/v2 ", "| Processor | AMD",
		"\n| Per-task overhead (no-op task) | ", " | channel ", "\n| No-op and ants | ", " | ants ",
	} {
		assert.Contains(t, once, want)
	}
	assert.NotContains(t, once, "former")
	twice, err := p.rewrite(once)
	assert.NoError(t, err, "a second time it changes")
	assert.Equal(t, once, twice, "a second time it changes")
}

func TestRewriteNamesTheError(t *testing.T) {
	p := printing(t, sample.Odd())
	for order, want := range map[string]string{
		"<!-- figures: summary sample -->":      "is not followed by",
		"<!-- figures: summary sample":          "has no end",
		figures("summary"):                      "and a run",
		figures("summary none"):                 "no such file",
		figures("colours sample"):               "want rows",
		figures("charts sample noop"):           `no chart "noop"`,
		figures("sizes sample none channel"):    `no case "none"`,
		figures("sizes sample failures nobody"): `no implementation "nobody"`,
		figures("rows"):                         "and a run or a file",
		figures("rows none.txt"):                "no such file",
	} {
		_, err := p.rewrite(order)
		if assert.Error(t, err, order) {
			assert.Contains(t, err.Error(), want, order)
		}
	}
}

func TestRowsNameTheError(t *testing.T) {
	p := printing(t, sample.Odd())
	row := "sample failures a=1 ns/op channel\n"
	for rows, want := range map[string]string{
		"":                                  "0 rows",
		strings.Repeat(row, mostRows+1):     "9 rows",
		"sample failures":                   "want RUN CASE",
		"sample none a=1 ns/op channel":     `no case "none"`,
		"sample failures a=3 ns/op channel": "no ns/op of failures/a=3/impl=millrace",
		"sample failures a=1 ns/op lost":    "no ns/op of failures/a=1/impl=lost",
		"sample failures a=1 B/op channel":  "no B/op of failures/a=1/impl=millrace",
	} {
		writeRows(t, p, "rows.txt", rows)
		if _, err := p.rewrite(figures("rows rows.txt")); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", rows, err, want)
		}
	}
}

func writeRows(t *testing.T, p printer, name, rows string) {
	t.Helper()
	if err := os.WriteFile(filepath.Join(p.folder, name), []byte(rows), 0o666); err != nil {
		t.Fatal(err)
	}
}

func figures(order string) string {
	return "<!-- figures: " + order + " -->\n<!-- end of figures -->"
}

// The report knows some implementations by name, because it does not import them.
func TestReportsAndImplementationsUseTheSameNames(t *testing.T) {
	for name, want := range map[string]string{
		report.Millrace: impls.Millrace, report.Channel: impls.Channel, report.Harness: impls.Harness.Name,
	} {
		assert.Equal(t, want, name)
	}
}
