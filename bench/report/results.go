// Package report keeps the results of a run and writes reports from them. Results hold
// the figures of every run and the merged latencies of every cell.
package report

import (
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/user/millrace/bench/measure"
)

// Results are those of one run of the program.
type Results struct {
	Begun       time.Time `json:"begun"`
	Took        Seconds   `json:"took_s"`
	Command     string    `json:"command"`
	Commit      string    `json:"commit"` // "" if unknown; ends in "+" if the tree had changes
	Interrupted bool      `json:"interrupted,omitempty"`
	Machine     Machine   `json:"machine"`
	Impls       []Impl    `json:"impls"`
	Cases       []Case    `json:"cases"`
	Cells       []Cell    `json:"cells"`
}

// Seconds is a duration in seconds.
type Seconds float64

// A Machine describes the machine of a run.
type Machine struct {
	Go         string `json:"go"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPU        string `json:"cpu"`
	Processors int    `json:"processors"`
	Memory     int64  `json:"memory_bytes"`
	Kernel     string `json:"kernel"`
	Load       string `json:"load"` // the load average at the start
}

// An Impl is one of the implementations that a run compares.
type Impl struct {
	Name    string `json:"name"`
	Module  string `json:"module,omitempty"`
	Version string `json:"version"`
	Setup   string `json:"setup"`
}

// A Case describes a benchmark.
type Case struct {
	Name   string `json:"name"`
	Title  string `json:"title"`
	Method string `json:"method"`
	Unit   string `json:"unit"` // of the figure that is compared; less is better
}

// A Cell has the runs of one implementation in one case at one size. The cells of a case
// and size are measured in rounds: the i-th runs of all of them belong together.
type Cell struct {
	Case    string             `json:"case"`
	Params  string             `json:"params"` // in the form of a Go benchmark name: "procs=2/workers=8"
	Impl    string             `json:"impl"`
	Runs    []Run              `json:"runs"`
	Latency *measure.Histogram `json:"latency,omitempty"` // of all runs
}

// A Run is one measurement of a cell.
type Run struct {
	Ops    int            `json:"ops"`
	Values measure.Values `json:"values,omitempty"`
	Err    string         `json:"err,omitempty"` // why there are no figures: it hung, lost tasks or died
}

// Add adds a run to the cell, and its latencies unless they are nil.
func (c *Cell) Add(run Run, latency *measure.Histogram) {
	c.Runs = append(c.Runs, run)
	switch {
	case latency == nil:
	case c.Latency == nil:
		c.Latency = latency
	default:
		c.Latency.Merge(latency)
	}
}

// FileName is the name of the file that Save writes.
const FileName = "results.json.gz"

// Load reads a file that Save wrote.
func Load(path string) (*Results, error) {
	r := new(Results)
	if err := r.load(path); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

func (r *Results) load(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	text, err := gzip.NewReader(f)
	if err != nil {
		return err
	}
	return json.NewDecoder(text).Decode(r)
}

// Save writes the results to the file FileName in a folder.
func (r *Results) Save(dir string) error {
	f, err := os.Create(filepath.Join(dir, FileName))
	if err != nil {
		return err
	}
	text, err := gzip.NewWriterLevel(f, gzip.BestCompression)
	if err == nil {
		err = json.NewEncoder(text).Encode(r)
	}
	if err == nil {
		err = text.Close()
	}
	return errors.Join(err, f.Close())
}
