package report

import (
	"io"
	"os"
	"path/filepath"
)

// Write writes the report to a folder: report.html, report.md with its charts,
// results.json.gz and benchmarks.txt, and changes.md if there is an older run to compare
// with. It continues after an error and returns the first one.
func Write(dir string, r, old *Results) error {
	err := r.Save(dir)
	for _, f := range []struct {
		name  string
		write func(io.Writer, *Results) error
	}{
		{"report.html", WriteHTML},
		{"report.md", WriteMarkdown},
		{"benchmarks.txt", WriteBenchText},
		{"changes.md", func(w io.Writer, r *Results) error { return Compare(old, r).WriteMarkdown(w) }},
	} {
		if f.name == "changes.md" && old == nil {
			continue
		}
		if e := writeFile(filepath.Join(dir, f.name), r, f.write); err == nil {
			err = e
		}
	}
	for name, svg := range Charts(r) {
		if e := os.WriteFile(filepath.Join(dir, name), svg, 0o666); err == nil {
			err = e
		}
	}
	return err
}

func writeFile(path string, r *Results, write func(io.Writer, *Results) error) error {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	if err := write(f, r); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}
