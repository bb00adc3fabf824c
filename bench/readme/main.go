// Readme writes the figures of the READMEs and the reports in bench/results again, from the
// results there:
//
//	go run ./bench/readme        in the root of the repository
//
// A page has its figures between comments. The first one names what to write and the run
// to take it from, which is a folder of bench/results:
//
//	<!-- figures: summary RUN -->
//	<!-- figures: targets RUN -->
//	<!-- figures: impls RUN -->
//	<!-- figures: machine RUN -->
//	<!-- figures: charts RUN NAME… -->
//	<!-- figures: sizes RUN CASE IMPL… -->
//	<!-- figures: rows FILE -->
//	<!-- end of figures -->
//
// FILE is a file in bench/results with lines of the form RUN CASE PARAMS UNIT IMPL LABEL….
//
// A test fails if the pages or the reports in the tree differ from what this writes.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/user/millrace/bench/report"
)

func main() {
	log.SetFlags(0)
	files, err := generate(".")
	for path, content := range files {
		err = errors.Join(err, os.WriteFile(path, content, 0o666))
	}
	if err != nil {
		log.Fatal("readme: ", err)
	}
}

// pages are the files with figures between comments.
var pages = []string{"README.md", filepath.Join("bench", "README.md")}

// results is the folder of the runs.
var results = filepath.Join("bench", "results")

// generate returns the content of all generated files in a repository, by their paths.
func generate(root string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	p := printer{folder: filepath.Join(root, results), runs: make(map[string]*report.Results)}
	names, err := filepath.Glob(filepath.Join(p.folder, "*", report.FileName))
	if err != nil {
		return nil, err
	}
	for _, path := range names {
		dir := filepath.Dir(path)
		r, err := p.load(filepath.Base(dir))
		if err != nil {
			return nil, err
		}
		var text bytes.Buffer
		if err := report.WriteMarkdown(&text, r); err != nil {
			return nil, err
		}
		files[filepath.Join(dir, "report.md")] = text.Bytes()
		for name, svg := range report.Charts(r) {
			files[filepath.Join(dir, name)] = svg
		}
	}
	for _, name := range pages {
		path := filepath.Join(root, name)
		old, err := os.ReadFile(path)
		if err != nil {
			return nil, err
		}
		p.link = "results/"
		if filepath.Dir(name) == "." {
			p.link = "bench/results/"
		}
		page, err := p.rewrite(string(old))
		if err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
		files[path] = []byte(page)
	}
	return files, nil
}

const (
	begin = "<!-- figures: "
	close = "-->"
	end   = "<!-- end of figures -->"
)

// A printer prints figures of the runs in a folder.
type printer struct {
	folder string
	link   string // of the folder, in the page
	runs   map[string]*report.Results
}

// rewrite returns a page with the figures of its runs.
func (p printer) rewrite(page string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(page, begin)
		out.WriteString(before)
		if !found {
			return out.String(), nil
		}
		order, rest, ok := strings.Cut(rest, close)
		if !ok {
			return "", fmt.Errorf("%q has no end", begin)
		}
		former, rest, ok := strings.Cut(rest, end)
		if !ok || strings.Contains(former, begin) {
			return "", fmt.Errorf("%s is not followed by %q", strings.TrimSpace(order), end)
		}
		figures, err := p.figures(order)
		if err != nil {
			return "", fmt.Errorf("%s: %w", strings.TrimSpace(order), err)
		}
		fmt.Fprintf(&out, "%s%s%s\n\n%s\n%s", begin, order, close, figures, end)
		page = rest
	}
}

// figures returns the figures that an order asks for.
func (p printer) figures(order string) (string, error) {
	var b bytes.Buffer
	words := strings.Fields(order)
	if len(words) < 2 {
		return "", errors.New("want a kind of figures, and a run or a file")
	}
	if words[0] == "rows" && len(words) == 2 {
		lines, err := os.ReadFile(filepath.Join(p.folder, words[1]))
		if err != nil {
			return "", err
		}
		rows, err := p.rows(string(lines))
		if err != nil {
			return "", err
		}
		err = report.WriteRows(&b, rows)
		return b.String(), err
	}
	r, err := p.load(words[1])
	if err != nil {
		return "", err
	}
	switch args := words[2:]; {
	case words[0] == "summary" && len(args) == 0:
		err = report.WriteSummary(&b, r)
	case words[0] == "targets" && len(args) == 0:
		err = report.WriteTargets(&b, r)
	case words[0] == "impls" && len(args) == 0:
		err = report.WriteImpls(&b, r)
	case words[0] == "machine" && len(args) == 0:
		err = report.WriteMachine(&b, r)
	case words[0] == "charts" && len(args) > 0:
		for _, name := range args {
			err = errors.Join(err, report.WritePicture(&b, r, name, p.link+words[1]+"/"))
		}
	case words[0] == "sizes" && len(args) > 1:
		err = report.WriteSizes(&b, r, args[0], args[1:])
	default:
		err = errors.New("want rows FILE, summary RUN, targets RUN, impls RUN, machine RUN, charts RUN NAME…, or sizes RUN CASE IMPL…")
	}
	return b.String(), err
}

// mostRows is the limit of rows in a table of rows.
const mostRows = 8

func (p printer) rows(lines string) ([]report.Row, error) {
	var all []report.Row
	for line := range strings.Lines(lines) {
		words := strings.Fields(line)
		if len(words) < 5 {
			return nil, fmt.Errorf("%q: want RUN CASE PARAMS UNIT IMPL LABEL…", strings.TrimSpace(line))
		}
		r, err := p.load(words[0])
		if err != nil {
			return nil, err
		}
		all = append(all, report.Row{
			Results: r, Case: words[1], Params: words[2], Unit: words[3], Impl: words[4], Label: strings.Join(words[5:], " "),
		})
	}
	if len(all) == 0 || len(all) > mostRows {
		return nil, fmt.Errorf("%d rows: must be in [1, %d]", len(all), mostRows)
	}
	return all, nil
}

// load returns the results of a run.
func (p printer) load(run string) (*report.Results, error) {
	if r := p.runs[run]; r != nil {
		return r, nil
	}
	r, err := report.Load(filepath.Join(p.folder, run, report.FileName))
	if err == nil {
		p.runs[run] = r
	}
	return r, err
}
