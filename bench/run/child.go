package run

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/user/millrace/bench/cases"
	"github.com/user/millrace/bench/measure"
	"github.com/user/millrace/bench/report"
)

// A Request asks a child to measure a cell.
type Request struct {
	Case   string        `json:"case"`
	Params string        `json:"params"`
	Impl   string        `json:"impl"`
	Length time.Duration `json:"length"` // how long to measure
	Ops    int           `json:"ops"`    // operations of that length, found by an earlier child; 0 if unknown
	Step   float64       `json:"step"`   // duration of a step of a measure.Work
}

// A reply has the measurement of a child.
type reply struct {
	Run     report.Run         `json:"run"`
	Latency *measure.Histogram `json:"latency,omitempty"`
}

func failed(err error) reply { return reply{Run: report.Run{Err: err.Error()}} }

// childFlag makes the program a child.
const childFlag = "-child"

// Child serves the requests on standard input, one after the other, and writes a
// reply for each. It reports whether this process is a child at all.
func Child() bool {
	if len(os.Args) != 2 || os.Args[1] != childFlag {
		return false
	}
	in, out := json.NewDecoder(os.Stdin), json.NewEncoder(os.Stdout)
	for first := true; ; first = false {
		var req Request
		err := in.Decode(&req)
		if errors.Is(err, io.EOF) {
			return true
		}
		if err == nil {
			err = out.Encode(req.serve(first))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(2)
		}
	}
}

// serve measures. A first child finds the number of operations of the given length. If the
// number is known, the first request of a child runs a tenth of it to warm up.
func (req Request) serve(first bool) reply {
	c, p, err := req.find()
	if err != nil {
		return failed(err)
	}
	measure.UseStep(req.Step)
	if n := p.Procs(); n > 0 {
		runtime.GOMAXPROCS(n)
	}
	n := req.Ops
	switch {
	case n == 0:
		n, err = calibrate(func(n int) (measure.Sample, error) { return c.Measure(n, p) }, req.Length)
	case first:
		_, err = c.Measure(max(1, n/10), p)
	}
	if err != nil {
		return failed(err)
	}
	sample, err := c.Measure(n, p)
	if err != nil {
		return reply{Run: report.Run{Ops: n, Err: err.Error()}}
	}
	return reply{Run: report.Run{Ops: n, Values: sample.Values}, Latency: sample.Latency}
}

// find returns the implementation and the size of the request.
func (req Request) find() (cases.Impl, cases.Params, error) {
	c, ok := cases.Named(req.Case)
	if !ok {
		return cases.Impl{}, nil, fmt.Errorf("no case %q", req.Case)
	}
	i := slices.IndexFunc(c.Sizes, func(p cases.Params) bool { return p.String() == req.Params })
	if i < 0 {
		return cases.Impl{}, nil, fmt.Errorf("case %s has no size %q", req.Case, req.Params)
	}
	impl, ok := c.Impl(req.Impl)
	if !ok {
		return cases.Impl{}, nil, fmt.Errorf("case %s has no impl %q", req.Case, req.Impl)
	}
	return impl, c.Sizes[i], nil
}

// calibrate returns the number of operations that take about the given time.
func calibrate(try func(n int) (measure.Sample, error), length time.Duration) (int, error) {
	for n := 1; ; {
		begin := time.Now()
		sample, err := try(n)
		if err != nil {
			return 0, err
		}
		took := float64(time.Since(begin))
		if each, ok := sample.Values["ns/op"]; ok {
			took = each * float64(n) // without setup and teardown
		}
		wanted := max(1, int(float64(n)*float64(length)/max(took, 1)))
		if took >= float64(length)/4 {
			return wanted, nil
		}
		n = min(100*n, max(n+1, wanted)) // in small steps, because the first runs are misleading
	}
}

// A child is a process that measures one implementation. No implementation runs with the heap
// or the goroutines that another one left, and one that hangs can be killed.
type child struct {
	cmd     *exec.Cmd
	in      io.WriteCloser
	replies *json.Decoder
	stderr  *prefix
	late    atomic.Bool // it was killed after its limit
	err     error       // the reason why it has ended or did not start
}

// start returns a child that ends with end or with ctx.
func start(ctx context.Context) *child {
	c := &child{stderr: new(prefix)}
	self, err := os.Executable()
	if err != nil {
		c.err = err
		return c
	}
	c.cmd = exec.CommandContext(ctx, self, childFlag)
	c.cmd.Stderr = c.stderr
	c.cmd.WaitDelay = time.Second
	out, err := c.cmd.StdoutPipe()
	if err == nil {
		c.in, err = c.cmd.StdinPipe()
	}
	if err == nil {
		err = c.cmd.Start()
	}
	c.replies, c.err = json.NewDecoder(out), err
	return c
}

// ask has the child serve a request within limit. A child that has failed returns its error
// to all later requests.
func (c *child) ask(req Request, limit time.Duration) reply {
	if c.err != nil {
		return failed(c.err)
	}
	timer := time.AfterFunc(limit, func() {
		c.late.Store(true)
		_ = c.cmd.Process.Kill()
	})
	defer timer.Stop()
	var answer reply
	err := json.NewEncoder(c.in).Encode(req)
	if err == nil {
		err = c.replies.Decode(&answer)
	}
	if err == nil {
		return answer
	}
	_ = c.cmd.Process.Kill()
	_ = c.cmd.Wait()
	if c.late.Load() {
		c.err = fmt.Errorf("not done after %v", limit)
	} else {
		c.err = fmt.Errorf("no answer (%w), %v; %q", err, c.cmd.ProcessState, c.stderr.first())
	}
	return failed(c.err)
}

// end ends the child.
func (c *child) end() {
	if c.err == nil {
		c.in.Close()
		_ = c.cmd.Wait()
	}
}

// A prefix keeps the start of its input, which has the reason of a crash.
type prefix struct{ kept []byte }

func (h *prefix) Write(p []byte) (int, error) {
	const most = 4096
	h.kept = append(h.kept, p[:min(len(p), most-len(h.kept))]...)
	return len(p), nil
}

func (h *prefix) first() string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(h.kept)), "\n")
	return line
}
