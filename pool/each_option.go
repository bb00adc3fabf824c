package pool

import "fmt"

// An EachOption configures For, ForEach and Map.
type EachOption interface{ applyEach(*eachConfig) }

// A StreamOption configures Stream and ForEachSeq.
type StreamOption interface{ applyStream(*eachConfig) }

// An eachConfig holds what both kinds of options set.
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

// WithConcurrency bounds the number of elements processed at a time. The default, and
// the maximum, is the number of workers. An n below 1 is ErrInvalidConfig.
func WithConcurrency(n int) ConcurrencyOption { return ConcurrencyOption{n} }

func (AllErrorsOption) applyEach(c *eachConfig)   { c.all = true }
func (AllErrorsOption) applyStream(c *eachConfig) { c.all = true }

type eachOption func(*eachConfig)

func (o eachOption) applyEach(c *eachConfig) { o(c) }

// WithChunk hands out n elements at a time. By default a chunk begins at one element and
// grows to about 50 µs of work, but never takes so many that others would have none. An
// n below 1 is ErrInvalidConfig.
func WithChunk(n int) EachOption {
	return eachOption(func(c *eachConfig) { c.set(&c.chunk, "WithChunk", n) })
}

type streamOption func(*eachConfig)

func (o streamOption) applyStream(c *eachConfig) { o(c) }

// WithBuffer bounds the number of elements taken from the input whose results the loop
// has not received. The default is 4 for each worker, and at least 16. An n below 1 is
// ErrInvalidConfig.
func WithBuffer(n int) StreamOption {
	return streamOption(func(c *eachConfig) { c.set(&c.buffer, "WithBuffer", n) })
}

// WithOrder yields the results in the order of the input.
func WithOrder() StreamOption { return streamOption(func(c *eachConfig) { c.ordered = true }) }
