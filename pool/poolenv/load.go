package poolenv

import (
	"errors"
	"fmt"
	"os"
	"reflect"

	"github.com/caarlos0/env/v11"

	"github.com/user/millrace/pool"
)

// Load returns the Config that the environment describes. Each field with an env tag
// is read from the variable that the tag names. If that is unset or empty, the field
// gets the value of its default tag:
//
//	WORKER_POOL_SIZE         Workers          10
//	WORKER_QUEUE_SIZE        QueueSize        1000
//	WORKER_PRIORITY          Priority         false
//	WORKER_TASK_TIMEOUT      TaskTimeout      0
//	WORKER_SHUTDOWN_TIMEOUT  ShutdownTimeout  30s
//
// Numbers are decimal. Booleans have the format of strconv.ParseBool, and durations
// that of time.ParseDuration: with a unit, except for 0. White space is an error.
// PanicHandler stays nil.
//
// If a value is malformed or not valid for a pool, the error wraps
// pool.ErrInvalidConfig. It names all such variables, each with its value and field,
// and the Config is zero.
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

// unreadable splits err into the errors of fields, by their names, and all others.
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

// refusal returns the error of a Config in which only this field is set.
func refusal(field reflect.StructField, value reflect.Value) error {
	var cfg pool.Config
	reflect.ValueOf(&cfg).Elem().FieldByIndex(field.Index).Set(value)
	return cfg.Validate()
}
