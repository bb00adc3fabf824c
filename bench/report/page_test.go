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
	"slices"
	"strings"
	"sync"
	"testing"

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
	if err := write(&b, r); err != nil {
		t.Fatal(err)
	}
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
			if !strings.Contains(page, v.Name) || !strings.Contains(page, v.Setup) {
				t.Errorf("%s: the page lacks %q", name, v)
			}
			if v.Name != sample.Evil && !strings.Contains(mark, v.Name) {
				t.Errorf("%s: the Markdown lacks %q", name, v)
			}
		}
		if strings.Contains(mark, "NaN") || strings.Contains(mark, "Inf") {
			t.Errorf("%s: not a number", name)
		}
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
				if !json.Valid([]byte(s[2])) {
					t.Errorf("%s: %.100s", name, s[2])
				}
			}
		}
		if figures := strings.Count(page, "<figure "); figures != charts || figures == 0 && name != "empty" {
			t.Errorf("%s: %d figures, %d charts", name, figures, charts)
		}
		if found := loads.FindString(scripts.ReplaceAllString(page, "")); found != "" {
			t.Errorf("%s: %s", name, found)
		}
	}
}

// Goal: names are escaped.
// Method: these results have a name with markup everywhere.
func TestNamesAreEscaped(t *testing.T) {
	page := written(t, sample.Odd(), report.WriteHTML)
	if strings.Contains(page, "<script>alert") || strings.Contains(page, "<i>|") {
		t.Error("a script from a name")
	}
	mark := written(t, sample.Odd(), report.WriteMarkdown)
	if strings.Contains(mark, "<script>") || strings.Contains(mark, "<i>") {
		t.Error("markup from a name")
	}
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
	if len(files) != 4 {
		t.Fatalf("%d charts", len(files))
	}
	for name, svg := range files {
		var texts []string
		for d := xml.NewDecoder(bytes.NewReader(svg)); ; {
			token, err := d.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if text, ok := token.(xml.CharData); ok {
				texts = append(texts, string(text))
			}
		}
		for _, want := range []string{"millrace", "channel", sample.Evil} {
			if !slices.Contains(texts, want) {
				t.Errorf("%s lacks %s: %q", name, want, texts)
			}
		}
		if found := loads.Find(svg); found != nil {
			t.Errorf("%s: %s", name, found)
		}
	}
	if files := report.Charts(sample.Odd()); len(files) != 0 {
		t.Errorf("%d charts without figures", len(files))
	}
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
		if found != runs {
			t.Errorf("%s: %d lines for %d runs", name, found, runs)
		}
	}
	if got := report.Bench(report.Cell{Case: "start-latency", Params: "procs=2/gap=20 µs", Impl: "x/y z"}); got != "BenchmarkStartLatency/procs=2/gap=20_µs/impl=x_y_z" {
		t.Error(got)
	}
}

// Check the differences in this file: it has each awkward kind of result.
//
//	go test ./bench/report -run Golden -update
func TestGoldenMarkdown(t *testing.T) {
	path := filepath.Join("testdata", "odd.md")
	got := written(t, sample.Odd(), report.WriteMarkdown)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("differs from %s:\n%s", path, got)
	}
}

func TestWriteWritesAllFiles(t *testing.T) {
	dir := t.TempDir()
	r := sample.Results(2)
	if err := report.Write(dir, r, sample.Odd()); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"report.html", "report.md", report.FileName, "benchmarks.txt", "changes.md", "noop-light.svg", "noop-dark.svg"} {
		if info, err := os.Stat(filepath.Join(dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	back, err := report.Load(filepath.Join(dir, report.FileName))
	if err != nil {
		t.Fatal(err)
	}
	if written(t, back, report.WriteMarkdown) != written(t, r, report.WriteMarkdown) {
		t.Error("results read back make another report")
	}
	if err := report.Write(filepath.Join(dir, "missing"), r, nil); err == nil {
		t.Error("no error for a folder that is not there")
	}
}
