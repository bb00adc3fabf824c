package cases

import (
	"crypto/sha256"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var hash = Case{
	Name:  "hash",
	Title: "Hashing of a source tree",
	Method: "SHA-256 of each file of the package net and the packages below it, in the source of the installed Go, over and over. A" +
		" task hashes one file, of up to some 100 kB. The files are in memory, so that the disk is not measured.",
	Unit:  "ns/op",
	Sizes: grid(axis{procs, []int{1, 2, 4, 8}}, axis{"workers", []int{2, 8, 1000}}),
	Short: these("procs=2/workers=8"),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		files, err := sourceTree()
		if err != nil {
			return measure.Sample{}, err
		}
		var ran measure.Counter
		task := func(i int) {
			file := files[i%len(files)]
			if sha256.Sum256(file.content) == file.sum {
				ran.Inc()
			}
		}
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
		cost := flood(n, 1, func(i int) { pool.Submit(task, i) }, pool.Close)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}

type file struct {
	content []byte
	sum     [sha256.Size]byte
}

// sourceTree reads the files, once in a process. It needs the go command.
var sourceTree = sync.OnceValues(func() ([]file, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("no source tree: go env GOROOT: %w", err)
	}
	var files []file
	tree := filepath.Join(strings.TrimSpace(string(root)), "src", "net")
	err = filepath.WalkDir(tree, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		content, err := os.ReadFile(path)
		files = append(files, file{content, sha256.Sum256(content)})
		return err
	})
	if err == nil && len(files) == 0 {
		err = fmt.Errorf("no source tree: %s is empty", tree)
	}
	return files, err
})
