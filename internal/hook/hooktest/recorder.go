//go:build model

package hooktest

import (
	"testing"
	"time"
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// A Call is one call of an Explorer's method. Only the fields that the method has are set.
type Call struct {
	Method string
	Op     hook.Op
	Addr   unsafe.Pointer
	Done   <-chan struct{}
	Delay  time.Duration
	N      int
}

// A Recorder is an explorer that records what it is asked. It starts nothing and never waits.
type Recorder struct {
	Calls []Call

	// OnStep, if not nil, is called in each Step, without a current explorer.
	OnStep func()

	// Parked, Stopped and Chosen are the answers of Park, the stop function of AfterFunc, and
	// Choose.
	Parked  bool
	Stopped bool
	Chosen  int

	// Started holds the functions given to Go and AfterFunc.
	Started []func()
}

var _ hook.Explorer = (*Recorder)(nil)

// Record makes r the current explorer until the test ends.
func (r *Recorder) Record(t *testing.T) {
	hook.Current = r
	t.Cleanup(func() { hook.Current = nil })
}

func (r *Recorder) note(c Call) { r.Calls = append(r.Calls, c) }

func (r *Recorder) Step(op hook.Op, addr unsafe.Pointer) {
	r.note(Call{Method: "Step", Op: op, Addr: addr})
	if r.OnStep == nil {
		return
	}
	hook.Current = nil
	r.OnStep()
	hook.Current = r
}

func (r *Recorder) Pause() { r.note(Call{Method: "Pause"}) }

func (r *Recorder) Go(f func()) {
	r.note(Call{Method: "Go"})
	r.Started = append(r.Started, f)
}

func (r *Recorder) Park(parker unsafe.Pointer, done <-chan struct{}) bool {
	r.note(Call{Method: "Park", Addr: parker, Done: done})
	return r.Parked
}

func (r *Recorder) Unpark(parker unsafe.Pointer) {
	r.note(Call{Method: "Unpark", Addr: parker})
}

func (r *Recorder) AfterFunc(d time.Duration, f func()) (stop func() bool) {
	r.note(Call{Method: "AfterFunc", Delay: d})
	r.Started = append(r.Started, f)
	return func() bool {
		r.note(Call{Method: "stop"})
		return r.Stopped
	}
}

func (r *Recorder) Choose(n int) int {
	r.note(Call{Method: "Choose", N: n})
	return r.Chosen
}
