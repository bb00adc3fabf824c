package pool

import (
	"errors"
	"fmt"
	"time"

	"github.com/user/millrace/sched"
)

// Config configures a pool. Package poolenv reads the field tags.
//
// The zero Config means 10 workers and an unbounded queue. Options given to New
// override the Config.
type Config struct {
	// Workers is the number of tasks that may run at a time. 0 means 10.
	Workers int `env:"WORKER_POOL_SIZE" default:"10"`

	// QueueSize is the exact number of tasks that may wait in the queue. 0 means no
	// bound.
	QueueSize int `env:"WORKER_QUEUE_SIZE" default:"1000"`

	// Priority makes tasks with a larger priority run first. Tasks of the same
	// priority run in the order of their submission. While several goroutines submit
	// or take tasks at the same instant, a task close to the first may overtake it.
	// In a pool that has had only one worker the order is exact.
	Priority bool `env:"WORKER_PRIORITY" default:"false"`

	// TaskTimeout bounds each run of a task. At the deadline the context of the run
	// ends, and the outcome is context.DeadlineExceeded. 0 means no timeout.
	TaskTimeout time.Duration `env:"WORKER_TASK_TIMEOUT" default:"0"`

	// ShutdownTimeout bounds a Stop whose context has no deadline. 0 means 30 s.
	ShutdownTimeout time.Duration `env:"WORKER_SHUTDOWN_TIMEOUT" default:"30s"`

	// PanicHandler, if not nil, is called with the value of each panic in a task, on
	// the goroutine that panicked.
	PanicHandler func(interface{})
}

// Validate returns nil if the Config is valid. Otherwise it returns an error that
// wraps ErrInvalidConfig and names each invalid field with its value. It allocates no
// queue.
func (c Config) Validate() error {
	full := newPoolConfig(c, nil)
	return full.validate()
}

// Defaults for the zero values.
const (
	defaultWorkers         = 10
	defaultShutdownTimeout = 30 * time.Second
	defaultSearch          = 600 * time.Microsecond
)

// poolConfig is a Config with the settings that only options have.
type poolConfig struct {
	Config
	overflow     Overflow
	crashOnPanic bool
	labels       bool
	aging        *int
	rateLimit    *float64
	rateBurst    *int
	retry        retryPolicy
	watchdog     *watchdogConfig
	metrics      *MetricsCollector
	hooks        taskHooks
	sampling     *int
	search       time.Duration

	keepProcessor bool // submitters do not yield to the worker they wake
}

func newPoolConfig(cfg Config, opts []Option) poolConfig {
	c := poolConfig{Config: cfg, retry: retryPolicy{delay: defaultRetryDelay}, search: defaultSearch}
	for _, opt := range opts {
		if opt != nil {
			opt.applyPool(&c)
		}
	}
	if c.Workers == 0 {
		c.Workers = defaultWorkers
	}
	if c.ShutdownTimeout == 0 {
		c.ShutdownTimeout = defaultShutdownTimeout
	}
	return c
}

// validate returns the joined errors of all invalid fields, or nil.
func (c *poolConfig) validate() error {
	var errs []error
	refuse := func(field string, value any, why string) {
		errs = append(errs, fmt.Errorf("%w: %s = %v: %s", ErrInvalidConfig, field, value, why))
	}
	if c.Workers < 0 {
		refuse("Workers", c.Workers, "must be at least 0")
	}
	if c.search < 0 {
		refuse("Search", c.search, "must be at least 0")
	}
	if c.Workers > sched.MaxWorkers {
		refuse("Workers", c.Workers, fmt.Sprintf("must be at most %d", sched.MaxWorkers))
	}
	if c.QueueSize < 0 {
		refuse("QueueSize", c.QueueSize, "must be at least 0")
	}
	if c.QueueSize > sched.MaxCapacity {
		refuse("QueueSize", c.QueueSize, fmt.Sprintf("must be at most %d", sched.MaxCapacity))
	}
	if c.TaskTimeout < 0 {
		refuse("TaskTimeout", c.TaskTimeout, "must be at least 0")
	}
	if c.ShutdownTimeout < 0 {
		refuse("ShutdownTimeout", c.ShutdownTimeout, "must be at least 0")
	}
	if err := c.validateOverflow(); err != nil {
		errs = append(errs, err)
	}
	if c.aging != nil && *c.aging < 1 {
		refuse("PriorityAging", *c.aging, "must be at least 1")
	}
	c.validateRate(refuse)
	c.retry.validate(refuse)
	c.watchdog.validate(refuse)
	if c.metrics != nil && *c.metrics == nil {
		refuse("Metrics", nil, "must not be nil")
	}
	if c.sampling != nil && *c.sampling < 1 {
		refuse("Histograms", *c.sampling, "must be at least 0")
	}
	return errors.Join(errs...)
}
