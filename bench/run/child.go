package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/user/millrace/bench/cases"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/report"
)

// A Request is what a child is asked to measure. Every measurement has a process of its
// own: no rival works in the heap, or beside the goroutines, that another left behind,
// and one that hangs can be ended.
type Request struct {
	Case   string        `json:"case"`
	Params string        `json:"params"`
	Rival  string        `json:"rival"`
	Length time.Duration `json:"length"` // how long to measure
	Ops    int           `json:"ops"`    // how many operations that is, as an earlier child found; 0 if none did
}

// childFlag makes the program a child.
const childFlag = "-child"

// Child serves the request on standard input and writes the report.Run. It reports
// whether this process is a child at all.
func Child() bool {
	if len(os.Args) != 2 || os.Args[1] != childFlag {
		return false
	}
	var req Request
	if err := json.NewDecoder(os.Stdin).Decode(&req); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	if err := json.NewEncoder(os.Stdout).Encode(req.serve()); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	return true
}

// serve measures. A first child finds how many operations take the wanted time; where
// they are known, a tenth of them warm up the contestant's code and the heap.
func (req Request) serve() report.Run {
	c, p, err := req.find()
	if err != nil {
		return report.Run{Err: err.Error()}
	}
	if n := p.Procs(); n > 0 {
		runtime.GOMAXPROCS(n)
	}
	n := req.Ops
	if n == 0 {
		n, err = calibrate(func(n int) (measure.Sample, error) { return c.Measure(n, p) }, req.Length)
	} else {
		_, err = c.Measure(max(1, n/10), p)
	}
	if err != nil {
		return report.Run{Err: err.Error()}
	}
	sample, err := c.Measure(n, p)
	if err != nil {
		return report.Run{Ops: n, Err: err.Error()}
	}
	return report.Run{Ops: n, Values: sample.Values, Latency: sample.Latency}
}

// find returns what the request names.
func (req Request) find() (cases.Contestant, cases.Params, error) {
	c, ok := cases.Named(req.Case)
	if !ok {
		return cases.Contestant{}, nil, fmt.Errorf("no case %q", req.Case)
	}
	i := slices.IndexFunc(c.Sizes, func(p cases.Params) bool { return p.String() == req.Params })
	if i < 0 {
		return cases.Contestant{}, nil, fmt.Errorf("case %s has no size %q", req.Case, req.Params)
	}
	contestant, ok := c.Contestant(req.Rival)
	if !ok {
		return cases.Contestant{}, nil, fmt.Errorf("case %s has no rival %q", req.Case, req.Rival)
	}
	return contestant, c.Sizes[i], nil
}

// calibrate returns how many operations take about as long as wanted.
func calibrate(try func(n int) (measure.Sample, error), length time.Duration) (int, error) {
	for n := 1; ; {
		begin := time.Now()
		sample, err := try(n)
		if err != nil {
			return 0, err
		}
		took := float64(time.Since(begin))
		if each, ok := sample.Values["ns/op"]; ok {
			took = each * float64(n) // without what comes before and after
		}
		wanted := max(1, int(float64(n)*float64(length)/max(took, 1)))
		if took >= float64(length)/4 {
			return wanted, nil
		}
		n = min(100*n, max(n+1, wanted)) // towards the goal, but not by leaps: first ones mislead
	}
}

// ask has a child of this program serve the request, no longer than limit.
func (req Request) ask(ctx context.Context, limit time.Duration) report.Run {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	self, err := os.Executable()
	if err != nil {
		return report.Run{Err: err.Error()}
	}
	in, err := json.Marshal(req)
	if err != nil {
		return report.Run{Err: err.Error()}
	}
	cmd := exec.CommandContext(ctx, self, childFlag)
	var out bytes.Buffer
	stderr := new(head)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(in), &out, stderr
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	switch {
	case errors.Is(ctx.Err(), context.DeadlineExceeded):
		return report.Run{Err: fmt.Sprintf("not done after %v", limit)}
	case ctx.Err() != nil:
		return report.Run{Err: ctx.Err().Error()}
	case err != nil:
		return report.Run{Err: strings.TrimSpace(fmt.Sprintf("%v: %s", err, stderr.first()))}
	}
	var run report.Run
	if err := json.Unmarshal(out.Bytes(), &run); err != nil {
		return report.Run{Err: "its answer cannot be read: " + err.Error()}
	}
	return run
}

// A head keeps the begin of what is written to it: of a crash, why.
type head struct{ kept []byte }

func (h *head) Write(p []byte) (int, error) {
	const most = 4096
	h.kept = append(h.kept, p[:min(len(p), most-len(h.kept))]...)
	return len(p), nil
}

func (h *head) first() string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(h.kept)), "\n")
	return line
}
