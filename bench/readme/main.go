// Readme writes the README's figures again from the report they come from:
//
//	go run ./bench/readme
//
// They stand between comments that say what is wanted and from where:
//
//	<!-- figures: verdict bench/results/DIR/results.json.gz -->
//	<!-- figures: sizes bench/results/DIR/results.json.gz CASE RIVAL… -->
//	…
//	<!-- end of figures -->
//
// What is between them is replaced. A test fails if that would change anything.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strings"

	"github.com/user/millrace/bench/report"
)

func main() {
	log.SetFlags(0)
	path := flag.String("file", "README.md", "the `file` to rewrite; the paths in it are from here")
	flag.Parse()
	old, err := os.ReadFile(*path)
	if err != nil {
		log.Fatal("readme: ", err)
	}
	page, err := rewrite(".", string(old))
	if err != nil {
		log.Fatalf("readme: %s: %v", *path, err)
	}
	if err := os.WriteFile(*path, []byte(page), 0o666); err != nil {
		log.Fatal("readme: ", err)
	}
}

const (
	begin = "<!-- figures: "
	close = " -->"
	end   = "<!-- end of figures -->"
)

// rewrite returns a page with the figures of the reports that it names, which are
// below root.
func rewrite(root string, page string) (string, error) {
	var out strings.Builder
	for {
		before, rest, found := strings.Cut(page, begin)
		out.WriteString(before)
		if !found {
			break
		}
		order, rest, ok := strings.Cut(rest, close)
		if !ok {
			return "", fmt.Errorf("%q does not end", begin)
		}
		drop, rest, ok := strings.Cut(rest, end)
		if !ok || strings.Contains(drop, begin) {
			return "", fmt.Errorf("%q is not followed by %q", begin+order+close, end)
		}
		figures, err := figures(root, strings.Fields(order))
		if err != nil {
			return "", fmt.Errorf("%s: %w", order, err)
		}
		fmt.Fprintf(&out, "%s%s%s\n\n%s\n%s", begin, order, close, figures, end)
		page = rest
	}
	return out.String(), nil
}

// figures returns what an order asks for.
func figures(root string, order []string) (string, error) {
	if len(order) < 2 {
		return "", fmt.Errorf("want what, and from which results")
	}
	r, err := report.Load(filepath.Join(root, filepath.FromSlash(order[1])))
	if err != nil {
		return "", err
	}
	var b bytes.Buffer
	switch {
	case order[0] == "verdict" && len(order) == 2:
		err = report.WriteVerdict(&b, r)
	case order[0] == "sizes" && len(order) > 3:
		err = report.WriteSizes(&b, r, order[2], order[3:])
	default:
		err = fmt.Errorf("want verdict RESULTS, or sizes RESULTS CASE RIVAL…")
	}
	return b.String(), err
}
