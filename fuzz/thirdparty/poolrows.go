package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/user/millrace/fuzz/thirdparty/pools"
)

// pools prints the table of pools: a column for each law.
func (j *job) pools() error {
	if !slices.ContainsFunc(pools.Kinds, func(k pools.Kind) bool { return j.only.MatchString(k.Name) }) {
		return nil
	}
	binary, err := j.build("pools", "./pools")
	if err != nil {
		return err
	}
	fmt.Print("\n| pool | version |")
	for _, law := range pools.Laws {
		fmt.Printf(" %s |", law.Name)
	}
	fmt.Println(" explored |\n| --- | --- | --- |" + strings.Repeat(" --- |", len(pools.Laws)))
	var notes []string
	for _, k := range pools.Kinds {
		if !j.only.MatchString(k.Name) {
			continue
		}
		fmt.Printf("| %s | %s |", k.Name, j.version(k.Module))
		for _, law := range pools.Laws {
			cell, note := j.law(binary, k, law.Name)
			fmt.Printf(" %s |", cell)
			if note != "" && k.Module != "" {
				notes = append(notes, fmt.Sprintf("- %s, %s: %s", k.Name, law.Name, note))
			}
		}
		cell := "—"
		if k.Name == pools.Explored {
			var note string
			if cell, note, err = j.explorePool(); err != nil {
				return err
			}
			notes = append(notes, note)
		}
		fmt.Println("", cell, "|")
	}
	fmt.Println("\n" + strings.Join(notes, "\n"))
	return nil
}

// law runs a law on a pool, three times if it fails or is about something rare, with
// more threads than there are processors, so that goroutines are stopped anywhere.
func (j *job) law(binary string, k pools.Kind, law string) (cell, note string) {
	if slices.Contains(k.Lacks, law) {
		return "—", ""
	}
	rounds := j.rounds / 20
	switch law {
	case "stop":
		rounds = j.rounds
	case "forgets":
		rounds = j.rounds / 200
	}
	failed, last := 0, ""
	for run := 0; run < 3 && (run == 0 || failed > 0 || law == "stop"); run++ {
		out, ok := test(binary, "-test.run=^TestPool$/^"+law+"$", "-test.cpu=8", "-test.timeout=10m", "-thirdparty.patience=10s",
			"-thirdparty.pool="+k.Name, fmt.Sprintf("-thirdparty.rounds=%d", rounds), fmt.Sprintf("-thirdparty.seed=%d", 1+run*rounds))
		if !ok {
			failed++
			last = why(out)
		}
	}
	if failed == 0 {
		return "held", ""
	}
	note = fmt.Sprintf("%s (%d of 3 runs of %d rounds)", last, failed, rounds)
	if open := k.Open[law]; open != "" {
		return "(broken)", note + "; not promised: " + open
	}
	return "**broken**", note
}

// explorePool explores the pool of which there is a copy.
func (j *job) explorePool() (cell, note string, err error) {
	explorer, err := j.explorer("./pools")
	if err != nil {
		return "", "", err
	}
	all, err := explore(explorer, "TestExplorePool", j.budget.String())
	if err != nil {
		return "", "", err
	}
	failed := slices.DeleteFunc(slices.Clone(all), func(f finding) bool { return f.Failure == "" })
	if len(failed) == 0 {
		return fmt.Sprintf("%d cases held", len(all)), "", nil
	}
	return "**broken**", fmt.Sprintf("- %s, %s", pools.Explored, told(failed)), nil
}
