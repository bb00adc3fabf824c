// Show writes reports of made-up results, to view them:
//
//	go run ./bench/report/sample/show -out /tmp/sample
package main

import (
	"flag"
	"log"
	"os"
	"path/filepath"

	"github.com/user/millrace/bench/report"
	"github.com/user/millrace/bench/report/sample"
)

func main() {
	out := flag.String("out", "bench-sample", "the `folder` for the reports")
	flag.Parse()
	for name, r := range map[string]*report.Results{
		"usual": sample.Results(10), "odd": sample.Odd(), "full": sample.Full(10), "targets": sample.Targets(12),
	} {
		dir := filepath.Join(*out, name)
		if err := os.MkdirAll(dir, 0o777); err != nil {
			log.Fatal(err)
		}
		if err := report.Write(dir, r, nil); err != nil {
			log.Fatal(err)
		}
		log.Println(filepath.Join(dir, "report.html"))
	}
}
