package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/user/millrace/fuzz/thirdparty/rings"
)

// A ringRow is what is known of a ring.
type ringRow struct {
	name, version string
	differs       string

	laws, failed     int // of the suite: how many were asked, and how many failed
	cases, held, all int // explored, those that held, and of these those of which all was seen
	seen             int // executions
	wrong, answers   []string
}

// rings prints the table of rings, and what was found.
func (j *job) rings() error {
	suite, err := j.build("rings", "./rings")
	if err != nil {
		return err
	}
	raced, err := j.build("raced", "./rings", "-race")
	if err != nil {
		return err
	}
	explorer, err := j.explorer("./rings")
	if err != nil {
		return err
	}
	names, err := ringNames(explorer)
	if err != nil {
		return err
	}
	slices.SortStableFunc(names, func(a, b rings.Ring) int { // this module's own first
		return cmp.Compare(min(len(a.Module), 1), min(len(b.Module), 1))
	})
	var rows []*ringRow
	for _, r := range names {
		if !j.only.MatchString(r.Name) {
			continue
		}
		row := &ringRow{name: r.Name, version: j.version(r.Module), differs: r.Differs}
		if rings.Find(r.Name) != nil {
			row.suite(suite, r)
			if !r.Blind {
				row.race(raced, r)
			}
		}
		if err := row.explore(explorer, r, j.budget.String()); err != nil {
			return err
		}
		rows = append(rows, row)
	}
	printRings(rows)
	return nil
}

// here is the version of this module's own.
const here = "here"

func (j *job) version(module string) string {
	if v := j.versions[module]; v != "" {
		return v
	}
	return here
}

// ringNames asks the explorer for the rings it has, some of which are only there.
func ringNames(explorer string) ([]rings.Ring, error) {
	out, _ := test(explorer, "-test.run=^TestNames$", "-thirdparty.tell")
	for line := range strings.Lines(out) {
		if list, ok := strings.CutPrefix(line, "rings\t"); ok {
			var all []rings.Ring
			return all, json.Unmarshal([]byte(list), &all)
		}
	}
	return nil, fmt.Errorf("no list of rings in %q", out)
}

// laws are tests of the suite, by the names of their parts.
func laws(r rings.Ring) (laws []string) {
	switch {
	case r.Unbounded:
		laws = []string{"TestRing/smoke", "TestRing/batch", "TestRing/model"}
	case r.Rounds:
		laws = []string{"TestRoundedRing/cap=1", "TestRoundedRing/cap=2", "TestRoundedRing/cap=4", "TestRoundedRing/cap=8"}
	default:
		laws = []string{"TestRing/smoke", "TestRing/capacity", "TestRing/batch", "TestRing/model"}
	}
	if !r.Keeps {
		laws = append(laws, "TestRing/retention")
	}
	laws = append(laws, "TestRing/spsc/cap=1", "TestRing/spsc/cap=2", "TestRing/spsc/cap=64")
	switch {
	case r.Producers > 0:
		return laws
	case r.Consumers > 0:
		return append(laws, "TestRing/mpmc/./producers=4/consumers=1")
	}
	laws = append(laws, "TestRing/mpmc/cap=1", "TestRing/mpmc/cap=2", "TestRing/mpmc/cap=3", "TestRing/mpmc/cap=64", "TestRing/noFalseFull")
	if !r.SaysEmpty {
		laws = append(laws, "TestRing/noFalseEmpty")
	}
	return laws
}

// suite runs the laws that apply.
func (row *ringRow) suite(binary string, r rings.Ring) {
	for _, law := range laws(r) {
		text := broken(binary, law, r)
		row.laws++
		if text == "" {
			continue
		}
		row.failed++
		if strings.Contains(law, "noFalse") {
			row.answers = append(row.answers, text)
		} else {
			row.wrong = append(row.wrong, text)
		}
	}
}

// race notes what the race detector sees, and the suite does not.
func (row *ringRow) race(binary string, r rings.Ring) {
	for _, law := range laws(r) {
		if strings.Contains(law, "spsc") || strings.Contains(law, "mpmc") {
			if text := broken(binary, law, r); strings.Contains(text, "data race") {
				row.wrong = append(row.wrong, text)
			}
		}
	}
}

// broken runs a law, three times if it fails, and says how it fails, "" if it holds.
func broken(binary, law string, r rings.Ring) string {
	pattern := "^" + strings.ReplaceAll(law, "/", "$/^") + "$"
	pattern = strings.ReplaceAll(pattern, "^.$", ".")
	failed, last := 0, ""
	for run := 0; run < 3 && (run == 0 || failed > 0); run++ {
		out, ok := test(binary, "-test.run="+pattern, "-test.timeout=1m", "-thirdparty.ring="+r.Name)
		if !ok && !(r.SaysEmpty && strings.Contains(out, " 0 pushes refused")) {
			failed++
			last = why(out) + seedOf(out)
		}
	}
	if failed == 0 {
		return ""
	}
	name := strings.NewReplacer("TestRing/", "", "TestRoundedRing", "model", "./", "").Replace(law)
	return fmt.Sprintf("%s: %s (%d of 3 runs)", name, last, failed)
}

// explore explores the cases, and keeps the first finding of each kind.
func (row *ringRow) explore(binary string, r rings.Ring, budget string) error {
	all, err := explore(binary, "TestExploreRing", budget, "-thirdparty.ring="+r.Name)
	if err != nil {
		return err
	}
	failed := map[bool][]finding{}
	for _, f := range all {
		row.cases++
		row.seen += f.Executions
		if f.Failure != "" {
			failed[f.Wrong] = append(failed[f.Wrong], f)
			continue
		}
		row.held++
		if f.Complete {
			row.all++
		}
	}
	if fs := failed[true]; fs != nil {
		row.wrong = append(row.wrong, told(fs))
	}
	if fs := failed[false]; fs != nil {
		row.answers = append(row.answers, told(fs))
	}
	return nil
}

func printRings(rows []*ringRow) {
	if len(rows) == 0 {
		return
	}
	fmt.Println("| queue | version | laws held | cases held | lost, doubled, torn, stuck | full or empty, said of what is not | never promised |")
	fmt.Println("| --- | --- | --- | --- | --- | --- | --- |")
	for _, r := range rows {
		suite := "only explored"
		if r.laws > 0 {
			suite = fmt.Sprintf("%d of %d", r.laws-r.failed, r.laws)
		}
		explored := fmt.Sprintf("%d of %d, %d exhausted, %d executions", r.held, r.cases, r.all, r.seen)
		fmt.Printf("| %s | %s | %s | %s | %s | %s | %s |\n", r.name, r.version, suite, explored, found(r.wrong), found(r.answers), r.differs)
	}
	fmt.Println()
	for _, r := range rows {
		for _, text := range slices.Concat(r.wrong, r.answers) {
			if r.version != here {
				fmt.Printf("- %s, %s\n", r.name, text)
			}
		}
	}
}

func found(list []string) string {
	if len(list) == 0 {
		return "nothing found"
	}
	return "**found**"
}
