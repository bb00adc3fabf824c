package poolenv_test

import (
	"errors"
	"os"
	"reflect"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/poolenv"
)

var defaults = pool.Config{Workers: 10, QueueSize: 1000, ShutdownTimeout: 30 * time.Second}

var variables = []string{
	"WORKER_POOL_SIZE", "WORKER_QUEUE_SIZE", "WORKER_PRIORITY", "WORKER_TASK_TIMEOUT", "WORKER_SHUTDOWN_TIMEOUT",
}

// setenv sets these variables of a Config, and the others to the empty string.
func setenv(t *testing.T, vars map[string]string) {
	for _, name := range variables {
		t.Setenv(name, vars[name])
	}
}

func wantConfig(t *testing.T, want pool.Config) {
	t.Helper()
	cfg, err := poolenv.Load()
	assert.NoError(t, err, "Load")
	assert.Equal(t, want, cfg, "Load")
}

func TestVariablesAreThoseOfTheTags(t *testing.T) {
	var tags []string
	config := reflect.TypeFor[pool.Config]()
	for i := range config.NumField() {
		if name := config.Field(i).Tag.Get("env"); name != "" {
			tags = append(tags, name)
		}
	}
	assert.Equal(t, variables, tags, "pool.Config has %v, Load and its tests tell of %v", tags, variables)
}

func TestUnsetVariablesGiveTheDefaults(t *testing.T) {
	setenv(t, nil) // restores them at the end
	for _, name := range variables {
		require.NoError(t, os.Unsetenv(name))
	}
	wantConfig(t, defaults)
}

func TestEmptyVariablesCountAsUnset(t *testing.T) {
	setenv(t, nil)
	wantConfig(t, defaults)
}

func TestEachVariableSetsItsField(t *testing.T) {
	setenv(t, map[string]string{
		"WORKER_POOL_SIZE": "+5", "WORKER_QUEUE_SIZE": "0", "WORKER_PRIORITY": "F",
		"WORKER_TASK_TIMEOUT": "1m30s", "WORKER_SHUTDOWN_TIMEOUT": "1500ms",
	})
	wantConfig(t, pool.Config{Workers: 5, TaskTimeout: 90 * time.Second, ShutdownTimeout: 1500 * time.Millisecond})

	for _, test := range []struct {
		name, value string
		change      func(*pool.Config)
	}{
		{"WORKER_POOL_SIZE", "7", func(c *pool.Config) { c.Workers = 7 }},
		{"WORKER_POOL_SIZE", "0", func(c *pool.Config) { c.Workers = 0 }},
		{"WORKER_QUEUE_SIZE", "007", func(c *pool.Config) { c.QueueSize = 7 }},
		{"WORKER_PRIORITY", "0", func(c *pool.Config) {}},
		{"WORKER_TASK_TIMEOUT", "0", func(c *pool.Config) {}},
		{"WORKER_TASK_TIMEOUT", "0.5h", func(c *pool.Config) { c.TaskTimeout = 30 * time.Minute }},
		{"WORKER_SHUTDOWN_TIMEOUT", "0", func(c *pool.Config) { c.ShutdownTimeout = 0 }},
		{"WORKER_SHUTDOWN_TIMEOUT", "1ns", func(c *pool.Config) { c.ShutdownTimeout = 1 }},
	} {
		want := defaults
		test.change(&want)
		setenv(t, map[string]string{test.name: test.value})
		wantConfig(t, want)
	}
}

// wantWrong checks that the error of Load names exactly these variables.
func wantWrong(t *testing.T, vars map[string]string, wrong ...string) {
	t.Helper()
	setenv(t, vars)
	cfg, err := poolenv.Load()
	if !errors.Is(err, pool.ErrInvalidConfig) || !reflect.DeepEqual(cfg, pool.Config{}) {
		t.Errorf("%q: Load: %+v, %v", vars, cfg, err)
		return
	}
	for _, name := range variables {
		told, want := strings.Contains(err.Error(), name), false
		for _, w := range wrong {
			want = want || w == name
		}
		assert.Equal(t, want, told, "%q: %v: %s", vars, err, name)
	}
}

func TestMalformedValueIsAnError(t *testing.T) {
	for name, values := range map[string][]string{
		"WORKER_POOL_SIZE":        {"ten", " 10", "10 ", " ", "1e3", "0x10", "1_000", "10.0", "99999999999999999999", "\n"},
		"WORKER_QUEUE_SIZE":       {"-", "1k", "9223372036854775808"},
		"WORKER_PRIORITY":         {"yes", "on", "2", "tRUE", " true"},
		"WORKER_TASK_TIMEOUT":     {"10", "10 s", "s", "1d", "9999999h", " 0"},
		"WORKER_SHUTDOWN_TIMEOUT": {"30", "1:00", "-"},
	} {
		for _, value := range values {
			wantWrong(t, map[string]string{name: value}, name)
		}
	}
}

func TestInvalidValueIsAnError(t *testing.T) {
	for name, values := range map[string][]string{
		"WORKER_POOL_SIZE":        {"-1", "2147483647"},
		"WORKER_QUEUE_SIZE":       {"-1"},
		"WORKER_TASK_TIMEOUT":     {"-1s", "-1ns"},
		"WORKER_SHUTDOWN_TIMEOUT": {"-30s"},
	} {
		for _, value := range values {
			wantWrong(t, map[string]string{name: value}, name)
		}
	}
}

// Goal: one error tells of all that is wrong, of each the variable, the field, the
// value and why.
func TestErrorNamesAllWrongVariables(t *testing.T) {
	wantWrong(t, map[string]string{
		"WORKER_POOL_SIZE": "ten", "WORKER_QUEUE_SIZE": "-1", "WORKER_TASK_TIMEOUT": "10", "WORKER_SHUTDOWN_TIMEOUT": "5s",
	}, "WORKER_POOL_SIZE", "WORKER_QUEUE_SIZE", "WORKER_TASK_TIMEOUT")
	_, err := poolenv.Load()
	for _, want := range []string{
		`WORKER_POOL_SIZE="ten"`, "Workers", "invalid syntax",
		`WORKER_QUEUE_SIZE="-1"`, "QueueSize", "must be at least 0",
		`WORKER_TASK_TIMEOUT="10"`, "TaskTimeout", "missing unit",
	} {
		assert.Contains(t, err.Error(), want)
	}
}

// Goal: Load reads and validates the size of a queue without allocating it.
func TestLoadAllocatesNoQueue(t *testing.T) {
	setenv(t, map[string]string{"WORKER_QUEUE_SIZE": "999999999"})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	cfg, err := poolenv.Load()
	runtime.ReadMemStats(&after)
	require.NoError(t, err, cfg)
	require.Equal(t, 999999999, cfg.QueueSize, cfg)
	took := after.TotalAlloc - before.TotalAlloc
	assert.LessOrEqual(t, took, uint64(1<<20), "Load allocated %d bytes", took)
}
