package report_test

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"flag"
	"html"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

var update = flag.Bool("update", false, "write the golden files again")

var samples = sync.OnceValue(func() map[string]*report.Results {
	return map[string]*report.Results{
		"usual": sample.Results(6), "odd": sample.Odd(), "empty": {}, "full": sample.Full(6), "two": sample.Results(2), "targets": sample.Targets(12),
	}
})

func written(t *testing.T, r *report.Results, write func(io.Writer, *report.Results) error) string {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, write(&b, r))
	return b.String()
}

func TestReportsNameAllImplementationsAndErrors(t *testing.T) {
	for name, r := range samples() {
		page := html.UnescapeString(written(t, r, report.WriteHTML))
		mark := written(t, r, report.WriteMarkdown)
		for _, c := range r.Cells {
			for _, run := range c.Runs {
				if !strings.Contains(page, strings.TrimSpace(run.Err)) {
					t.Errorf("%s: the page lacks %q", name, run.Err)
				}
			}
		}
		for _, v := range r.Impls {
			assert.Contains(t, page, v.Name, "%s: the page lacks %q", name, v)
			assert.Contains(t, page, v.Setup, "%s: the page lacks %q", name, v)
			if v.Name != sample.Evil && !strings.Contains(mark, v.Name) {
				t.Errorf("%s: the Markdown lacks %q", name, v)
			}
		}
		assert.NotContains(t, mark, "NaN", name)
		assert.NotContains(t, mark, "Inf", name)
	}
}

var (
	scripts = regexp.MustCompile(`(?s)<script( type="application/json" id="[^"]*")?>(.*?)</script>`)
	loads   = regexp.MustCompile(`(?i)\bsrc=|@import|url\(|href="(https?:)?//|<link [^>]*href="[^d#]|<iframe|<img`)
)

// The page is one file: outside of its scripts it loads nothing, and the figures of each chart
// are valid JSON.
func TestPageIsSelfContained(t *testing.T) {
	for name, r := range samples() {
		page := written(t, r, report.WriteHTML)
		charts := 0
		for _, s := range scripts.FindAllStringSubmatch(page, -1) {
			if s[1] != "" {
				charts++
				assert.True(t, json.Valid([]byte(s[2])), "%s: %.100s", name, s[2])
			}
		}
		if figures := strings.Count(page, "<figure "); figures != charts || figures == 0 && name != "empty" {
			t.Errorf("%s: %d figures, %d charts", name, figures, charts)
		}
		assert.Empty(t, loads.FindString(scripts.ReplaceAllString(page, "")), name)
	}
}

// Goal: names are escaped.
// Method: these results have a name with markup everywhere.
func TestNamesAreEscaped(t *testing.T) {
	page := written(t, sample.Odd(), report.WriteHTML)
	assert.NotContains(t, page, "<script>alert", "a script from a name")
	assert.NotContains(t, page, "<i>|", "a script from a name")
	mark := written(t, sample.Odd(), report.WriteMarkdown)
	assert.NotContains(t, mark, "<script>", "markup from a name")
	assert.NotContains(t, mark, "<i>", "markup from a name")
}

// Goal: a chart is an SVG file for each scheme that has all implementations with figures and
// loads nothing.
func TestChartsAreSelfContained(t *testing.T) {
	r := sample.Results(7)
	for i, c := range r.Cells {
		if c.Case == "start" { // the case of the chart
			gap, _, _ := strings.Cut(strings.TrimPrefix(c.Params, "gap="), "µs/")
			r.Cells[i].Case, r.Cells[i].Params = "latency", "procs=2/workers=8/blocks=1/gap-us="+strings.Replace(gap, "2ms/procs=2", "2000", 1)
		}
	}
	r.Cases = append(r.Cases, report.Case{Name: "latency", Title: "Start latency", Unit: "p99-ns"})
	r.Impls[2].Name = sample.Evil
	for i := range r.Cells {
		if r.Cells[i].Impl == "ants" {
			r.Cells[i].Impl = sample.Evil
		}
	}
	files := report.Charts(r)
	require.Len(t, files, 4, "charts")
	for name, svg := range files {
		var texts []string
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err, name)
			if text, ok := token.(xml.CharData); ok {
				texts = append(texts, string(text))
			}
		}
		for _, want := range []string{"millrace", "channel", sample.Evil} {
			assert.Contains(t, texts, want, name)
		}
		assert.Nil(t, loads.Find(svg), name)
	}
	assert.Empty(t, report.Charts(sample.Odd()), "charts without figures")
}

// Each row of a table has as many cells as its head.
func TestMarkdownTablesAreWhole(t *testing.T) {
	for name, r := range samples() {
		cells := 0
		for line := range strings.Lines(written(t, r, report.WriteMarkdown)) {
			if !strings.HasPrefix(line, "|") {
				cells = 0
				continue
			}
			n := strings.Count(strings.ReplaceAll(line, `\|`, ""), "|")
			if cells != 0 && n != cells {
				t.Errorf("%s: %d cells, want %d: %s", name, n, cells, line)
			}
			cells = n
		}
	}
}

var benchLine = regexp.MustCompile(`^(?:Benchmark[A-Z]\S*/impl=\S+ [1-9][0-9]*(?: \S+ [^\s0-9]\S*)*|# Benchmark\S+ failed: .*|[a-z]+: .*)?$`)

func TestBenchTextHasALineForEachRun(t *testing.T) {
	for name, r := range samples() {
		runs, found := 0, 0
		for _, c := range r.Cells {
			runs += len(c.Runs)
		}
		for line := range strings.Lines(written(t, r, report.WriteBenchText)) {
			if !benchLine.MatchString(strings.TrimSuffix(line, "\n")) {
				t.Errorf("%s: %q", name, line)
			}
			if strings.Contains(line, "/impl=") {
				found++
			}
		}
		assert.Equal(t, runs, found, "%s: lines for %d runs", name, runs)
	}
	assert.Equal(t, "BenchmarkStartLatency/procs=2/gap=20_µs/impl=x_y_z", report.Bench(report.Cell{Case: "start-latency", Params: "procs=2/gap=20 µs", Impl: "x/y z"}))
}

// Check the differences in this file: it has each awkward kind of result.
//
//	go test ./bench/report -run Golden -update
func TestGoldenMarkdown(t *testing.T) {
	path := filepath.Join("testdata", "odd.md")
	got := written(t, sample.Odd(), report.WriteMarkdown)
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(got), 0o666))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), got, "differs from %s", path)
}

func TestWriteWritesAllFiles(t *testing.T) {
	dir := t.TempDir()
	r := sample.Results(2)
	require.NoError(t, report.Write(dir, r, sample.Odd()))
	for _, name := range []string{"report.html", "report.md", report.FileName, "benchmarks.txt", "changes.md", "noop-light.svg", "noop-dark.svg"} {
		info, err := os.Stat(filepath.Join(dir, name))
		if assert.NoError(t, err, name) {
			assert.NotZero(t, info.Size(), name)
		}
	}
	back, err := report.Load(filepath.Join(dir, report.FileName))
	require.NoError(t, err)
	assert.Equal(t, written(t, r, report.WriteMarkdown), written(t, back, report.WriteMarkdown),
		"results read back make another report")
	assert.Error(t, report.Write(filepath.Join(dir, "missing"), r, nil), "no error for a folder that is not there")
}
