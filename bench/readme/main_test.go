package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

const repository = "../.."

// What the README says was measured is what the reports say.
func TestReadmeHasTheFiguresOfItsReports(t *testing.T) {
	page, err := os.ReadFile(filepath.Join(repository, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	want, err := rewrite(repository, string(page))
	if err != nil {
		t.Fatal(err)
	}
	if want != string(page) {
		t.Error("README.md differs from its reports: go run ./bench/readme")
	}
}

func TestRewriteReplacesWhatIsBetweenTheMarks(t *testing.T) {
	root := t.TempDir()
	if err := sample.Results(6).Save(root); err != nil {
		t.Fatal(err)
	}
	page := "above\n<!-- figures: verdict results.json.gz -->\nformer\n<!-- end of figures -->\nmiddle\n" +
		"<!-- figures: sizes results.json.gz noop channel ants -->\n<!-- end of figures -->\nbelow\n"
	once, err := rewrite(root, page)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"above\n<!-- figures: verdict", "| millrace |", "| ns/op; procs 2 | millrace | channel | ants |", "\nmiddle\n", "\nbelow\n"} {
		if !strings.Contains(once, want) {
			t.Errorf("lacks %q:\n%s", want, once)
		}
	}
	if strings.Contains(once, "former") {
		t.Error("what was there is still there")
	}
	if twice, err := rewrite(root, once); err != nil || twice != once {
		t.Errorf("a second time it changes, %v:\n%s", err, twice)
	}
}

func TestRewriteSaysWhatIsWrong(t *testing.T) {
	root := t.TempDir()
	if err := sample.Odd().Save(root); err != nil {
		t.Fatal(err)
	}
	for order, want := range map[string]string{
		"<!-- figures: verdict results.json.gz -->":                                        "is not followed by",
		"<!-- figures: verdict results.json.gz":                                            "does not end",
		"<!-- figures: verdict -->\n<!-- end of figures -->":                               "from which results",
		"<!-- figures: verdict none.json.gz -->\n<!-- end of figures -->":                  "no such file",
		"<!-- figures: colours results.json.gz -->\n<!-- end of figures -->":               "want verdict",
		"<!-- figures: sizes results.json.gz none channel -->\n<!-- end of figures -->":    `no case "none"`,
		"<!-- figures: sizes results.json.gz failures nobody -->\n<!-- end of figures -->": `no impl "nobody"`,
	} {
		if _, err := rewrite(root, order); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", order, err, want)
		}
	}
}

// The report knows some implementations by name, as it does not import them.
func TestReportsAndImplsUseTheSameNames(t *testing.T) {
	for name, want := range map[string]string{
		report.Millrace: impls.Millrace, report.Channel: impls.Channel, report.Harness: impls.Harness.Name,
	} {
		if name != want {
			t.Errorf("%q, want %q", name, want)
		}
	}
}
