// Gremlins runs the mutation tool of that name (github.com/go-gremlins/gremlins) on a
// copy of some packages, and makes a page of what it found:
//
//	go run ./fuzz/mutate/gremlins -hunt ringbuffer,pheap,sched,limiter    # slow, hours
//	go run ./fuzz/mutate/gremlins -page fuzz/mutate/GREMLINS.md
//
// Every mutant that no test kills must be explained in explained.txt, with the line
// it lies in; the page is an error where one is not, or where an explanation has no
// such mutant any more.
//
// Gremlins runs "go test" once for each mutant. Here it meets a stand-in for go, this
// program under that name, since by itself gremlins
//   - takes what does not compile for killed;
//   - runs no second set of tests, like those under the tag model;
//   - leaves out what the cover tool does not count: the cases of a switch, constants;
//   - begins anew after it was ended.
//
// What was killed once is so for good, as long as the file stays as it is: it is kept
// in the folder -out, and not run again.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// version of gremlins. It is fetched for a hunt alone, so that no go.mod names it.
const version = "github.com/go-gremlins/gremlins/cmd/gremlins@v0.6.0"

func main() {
	if filepath.Base(os.Args[0]) == "go" {
		standIn(os.Args[1:])
	}
	hunt := flag.String("hunt", "", "the packages to break, separated by commas: ringbuffer, pheap, sched, limiter")
	page := flag.String("page", "", "the page to write of all packages hunted in")
	root := flag.String("root", ".", "the tree to copy")
	out := flag.String("out", filepath.Join(os.TempDir(), "gremlins"), "folder for what was found")
	workers := flag.Int("workers", 2, "mutants tested at a time")
	flag.Parse()
	var err error
	if *hunt != "" {
		for name := range strings.SplitSeq(*hunt, ",") {
			if err == nil {
				err = run(name, *root, *out, *workers)
			}
		}
	}
	if *page != "" && err == nil {
		err = write(*page, *root, *out)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "gremlins:", err)
		os.Exit(1)
	}
}
