package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/user/millrace/fuzz/others/pools"
)

// pools prints the table of pools: a column for each law.
func (j *job) pools() error {
	binary, err := j.build("pools", "./pools")
	if err != nil {
		return err
	}
	fmt.Print("\n| pool | version |")
	for _, law := range pools.Laws {
		fmt.Printf(" %s |", law.Name)
	}
	fmt.Println("\n| --- | --- |" + strings.Repeat(" --- |", len(pools.Laws)))
	var notes []string
	for _, k := range pools.Kinds {
		if !j.only.MatchString(k.Name) {
			continue
		}
		fmt.Printf("| %s | %s |", k.Name, j.version(k.Module))
		for _, law := range pools.Laws {
			cell, note := j.law(binary, k, law.Name)
			fmt.Printf(" %s |", cell)
			if note != "" {
				notes = append(notes, fmt.Sprintf("- %s, %s: %s", k.Name, law.Name, note))
			}
		}
		fmt.Println()
	}
	fmt.Println("\n" + strings.Join(notes, "\n"))
	return nil
}

// law runs a law on a pool, three times if it fails, as more goroutines than there are
// processors, so that they are stopped anywhere.
func (j *job) law(binary string, k pools.Kind, law string) (cell, note string) {
	if slices.Contains(k.Lacks, law) {
		return "—", ""
	}
	rounds, patience := j.rounds/20, "15s"
	switch law {
	case "stop":
		rounds, patience = j.rounds, "3m"
	case "forgets":
		rounds = j.rounds / 200
	}
	failed, last := 0, ""
	for run := 0; run < 3 && run == failed; run++ {
		out, ok := test(binary, "-test.run=^TestPool$/^"+law+"$", "-test.cpu=8", "-test.timeout="+patience,
			"-others.pool="+k.Name, fmt.Sprintf("-others.rounds=%d", rounds), fmt.Sprintf("-others.seed=%d", 1+run*rounds))
		if !ok {
			failed++
			last = why(out) + seedOf(out)
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
