// Package report keeps what a run of the comparison leaves behind: all samples as they
// were measured, and what they were measured with. Everything else that a report says
// is made from it.
package report

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/user/millrace/bench/measure"
)

// A Results is one run of the comparison.
type Results struct {
	Begun       time.Time `json:"begun"`
	Took        Seconds   `json:"took_s"`
	Command     string    `json:"command"`
	Commit      string    `json:"commit"` // "" if it is not known; ends in "+" if the tree was changed
	Interrupted bool      `json:"interrupted,omitempty"`
	Machine     Machine   `json:"machine"`
	Impls       []Impl    `json:"rivals"`
	Cases       []Case    `json:"cases"`
	Cells       []Cell    `json:"cells"`
}

// Seconds is a duration in seconds.
type Seconds float64

// A Machine is what a run was measured on.
type Machine struct {
	Go         string `json:"go"`
	OS         string `json:"os"`
	Arch       string `json:"arch"`
	CPU        string `json:"cpu"`
	Processors int    `json:"processors"`
	Memory     int64  `json:"memory_bytes"`
	Kernel     string `json:"kernel"`
	Load       string `json:"load"` // the load average at the begin
}

// An Impl is one of those compared.
type Impl struct {
	Name    string `json:"name"`
	Module  string `json:"module,omitempty"`
	Version string `json:"version"`
	Setup   string `json:"setup"`
}

// A Case is a benchmark and how it was measured.
type Case struct {
	Name   string `json:"name"`
	Title  string `json:"question"`
	Method string `json:"method"`
	Unit   string `json:"unit"` // of what is compared; less is better
}

// A Cell is one case at one size with one implementation, measured a number of times. The cells
// of a case and size were measured in turn: the i-th runs of all of them belong
// together.
type Cell struct {
	Case   string `json:"case"`
	Params string `json:"params"` // as in the name of a Go benchmark: "procs=2/workers=8"
	Impl   string `json:"rival"`
	Runs   []Run  `json:"runs"`
}

// A Run is one measurement of a cell.
type Run struct {
	Ops     int                `json:"ops"`
	Values  measure.Values     `json:"values,omitempty"`
	Latency *measure.Histogram `json:"latency,omitempty"`
	Err     string             `json:"err,omitempty"` // why there is nothing else: it hung, lost tasks, died
}

// Load reads the file that Save wrote.
func Load(path string) (*Results, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := new(Results)
	if err := json.Unmarshal(data, r); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return r, nil
}

// Save writes results.json in a folder, without spaces: most of it are the buckets of
// histograms.
func (r *Results) Save(dir string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, "results.json"), append(data, '\n'), 0o666)
}
