package poolenv

import (
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/caarlos0/env/v11"

	"github.com/user/millrace/pool"
)

// Load returns the Config that the environment describes. Each field with a tag
// env is read from the variable named there; one that is unset or empty leaves it
// at its tag default:
//
//	WORKER_POOL_SIZE         Workers          10
//	WORKER_QUEUE_SIZE        QueueSize        1000
//	WORKER_PRIORITY          Priority         false
//	WORKER_TASK_TIMEOUT      TaskTimeout      0
//	WORKER_SHUTDOWN_TIMEOUT  ShutdownTimeout  30s
//
// Numbers are decimal. Booleans are as strconv.ParseBool takes them, durations as
// time.ParseDuration does: with a unit, but for 0. White space is not skipped.
// PanicHandler stays nil.
//
// What cannot be read, and what no pool works with, is an error that wraps
// pool.ErrInvalidConfig. It tells all variables that are wrong, each with its
// value and the field; the Config is zero then.
func Load() (pool.Config, error) {
	var cfg pool.Config
	err := env.ParseWithOptions(&cfg, env.Options{DefaultValueTagName: "default"})
	unread, errs := unreadable(err)
	value := reflect.ValueOf(cfg)
	for i := range value.NumField() {
		field := value.Type().Field(i)
		variable := field.Tag.Get("env")
		if variable == "" {
			continue
		}
		err := unread[field.Name]
		if err == nil {
			err = refusal(field, value.Field(i))
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("poolenv: %s=%q: %w", variable, os.Getenv(variable), err))
		}
	}
	if len(errs) > 0 {
		return pool.Config{}, errors.Join(errs...)
	}
	return cfg, nil
}

// unreadable returns why fields could not be read, by their names, and what other
// errors there are in err.
func unreadable(err error) (fields map[string]error, others []error) {
	var all env.AggregateError
	if !errors.As(err, &all) && err != nil {
		return nil, []error{err}
	}
	fields = map[string]error{}
	for _, err := range all.Errors {
		if p, ok := err.(env.ParseError); ok {
			fields[p.Name] = fmt.Errorf("%w: %s: %w", pool.ErrInvalidConfig, p.Name, p.Err)
		} else {
			others = append(others, err)
		}
	}
	return fields, others
}

// refusal returns what is wrong with a Config in which only that field is set.
func refusal(field reflect.StructField, value reflect.Value) error {
	var cfg pool.Config
	reflect.ValueOf(&cfg).Elem().FieldByIndex(field.Index).Set(value)
	return cfg.Validate()
}
