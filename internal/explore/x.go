//go:build model

package explore

// An X is one execution as its scenario sees it.
//
// The scenario makes what it explores, starts goroutines by Go, and returns; then they
// run. What the scenario does itself is not interleaved with anything.
//
// The explorer takes two executions for equal that differ only in the order of steps
// which commute, and knows of steps only what goes through internal/atomics and
// internal/threads. So variables that the goroutines of a scenario share either lie in
// internal/atomics, or are counted up here and read in AtRest and After only.
type X struct {
	e     *execution
	rest  func() error
	after func() error
	names []named
}

// Go makes f a goroutine of the execution. It runs once the scenario has returned. A goroutine
// of an execution that is given up panics, and its deferred calls run.
func (x *X) Go(name string, f func()) { x.e.add(x.e.unique(name), f) }

// AtRest sets a predicate that is checked whenever only timers can step. With it, goroutines
// started by the code under test may be parked at the end. Otherwise that is a deadlock, as it
// always is for those of Go. The steps of check are not interleaved.
func (x *X) AtRest(check func() error) { x.rest = check }

// After sets a predicate that is checked at the end of the execution.
func (x *X) After(check func() error) { x.after = check }

// Choose returns a number in [0, n), each in some executions.
func (x *X) Choose(n int) int { return x.e.chooseOne(n) }

// Fail makes the execution fail.
func (x *X) Fail(format string, args ...any) { x.e.fail(format, args...) }

// Name gives names to the words inside *ptr in printed schedules.
func (x *X) Name(name string, ptr any) { x.names = append(x.names, named{name, ptr}) }

// A Done is a channel that is closed in a step.
type Done struct {
	e *execution
	c chan struct{}
}

// Done returns a Done whose channel is open.
func (x *X) Done() *Done { return &Done{x.e, make(chan struct{})} }

// C returns the channel.
func (d *Done) C() <-chan struct{} { return d.c }

// Close closes the channel. It may be called again.
func (d *Done) Close() {
	if d.e.live {
		d.e.take(op{kind: closing, obj: d.e.object(doneAddr(d.c))}, matter{done: d.c})
	}
	if !isClosed(d.c) {
		close(d.c)
	}
}
