package pool

import (
	"errors"
	"fmt"
	"time"

	"github.com/user/millrace/sched"
)

// Config says how a pool works. The tags are read by package poolenv.
//
// The zero Config is 10 workers and a queue without bound. Options given to New
// win over the Config.
type Config struct {
	// Workers is the number of workers: so many tasks run at a time. 0 means 10.
	Workers int `env:"WORKER_POOL_SIZE" default:"10"`

	// QueueSize is the exact number of tasks that may wait. 0 means no bound.
	QueueSize int `env:"WORKER_QUEUE_SIZE" default:"1000"`

	// Priority starts tasks of larger priority first, and equals in the order of
	// their submission. While several goroutines submit or take tasks at the same
	// instant, a task close to the first may start before it. The order is exact in a
	// pool that has had one worker from the beginning.
	Priority bool `env:"WORKER_PRIORITY" default:"false"`

	// TaskTimeout bounds each run of a task: its context ends then, and its outcome is
	// context.DeadlineExceeded. 0 means no bound.
	TaskTimeout time.Duration `env:"WORKER_TASK_TIMEOUT" default:"0"`

	// ShutdownTimeout bounds a Stop whose context has no deadline. 0 means 30 s.
	ShutdownTimeout time.Duration `env:"WORKER_SHUTDOWN_TIMEOUT" default:"30s"`

	// PanicHandler, if not nil, is called with the value of each panic of a task, on
	// the goroutine that panicked.
	PanicHandler func(interface{})
}

// Validate returns nil, or an error that wraps ErrInvalidConfig and names each bad
// field with its value. It builds no pool, and so allocates no queue.
func (c Config) Validate() error {
	full := newPoolConfig(c, nil)
	return full.validate()
}

// Defaults for the zero values of Config.
const (
	defaultWorkers         = 10
	defaultShutdownTimeout = 30 * time.Second
	defaultSearch          = 600 * time.Microsecond
)

// A poolConfig is a Config and what only options set.
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

	keepProcessor bool // WithHandover(false)
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

// validate returns the joined errors of all bad fields.
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
