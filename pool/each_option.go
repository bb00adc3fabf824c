package pool

import "fmt"

// An EachOption configures For, ForEach and Map.
type EachOption interface{ applyEach(*eachConfig) }

// A StreamOption configures Stream and ForEachSeq.
type StreamOption interface{ applyStream(*eachConfig) }

// eachConfig is what both kinds of options set.
type eachConfig struct {
	concurrency int
	chunk       int
	buffer      int
	ordered     bool
	all         bool
	err         error
}

// set sets an option that must be at least 1.
func (c *eachConfig) set(option *int, name string, n int) {
	if n < 1 {
		c.err = fmt.Errorf("%w: %s(%d): must be at least 1", ErrInvalidConfig, name, n)
	}
	*option = n
}

// A ConcurrencyOption is both an EachOption and a StreamOption; see
// WithConcurrency.
type ConcurrencyOption struct{ n int }

func (o ConcurrencyOption) applyEach(c *eachConfig) {
	c.set(&c.concurrency, "WithConcurrency", o.n)
}

func (o ConcurrencyOption) applyStream(c *eachConfig) { o.applyEach(c) }

// WithConcurrency lets no more than n elements be worked on at a time. The
// default, and the most there can be, is the number of workers. Less than 1 is
// ErrInvalidConfig.
func WithConcurrency(n int) ConcurrencyOption { return ConcurrencyOption{n} }

func (AllErrorsOption) applyEach(c *eachConfig)   { c.all = true }
func (AllErrorsOption) applyStream(c *eachConfig) { c.all = true }

type eachOption func(*eachConfig)

func (o eachOption) applyEach(c *eachConfig) { o(c) }

// WithChunk hands out n elements at a time. By default it is as many as take about
// 50 µs, one at first and never so many that others would be left without. Less
// than 1 is ErrInvalidConfig.
func WithChunk(n int) EachOption {
	return eachOption(func(c *eachConfig) { c.set(&c.chunk, "WithChunk", n) })
}

type streamOption func(*eachConfig)

func (o streamOption) applyStream(c *eachConfig) { o(c) }

// WithBuffer lets no more than n elements be taken from the input whose result the
// loop has not got. The default is 4 for each worker, and 16 at least. Less than 1
// is ErrInvalidConfig.
func WithBuffer(n int) StreamOption {
	return streamOption(func(c *eachConfig) { c.set(&c.buffer, "WithBuffer", n) })
}

// WithOrder gives the results in the order of the input.
func WithOrder() StreamOption { return streamOption(func(c *eachConfig) { c.ordered = true }) }
