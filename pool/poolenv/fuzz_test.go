package poolenv_test

import (
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/poolenv"
)

// FuzzLoad compares Load with a hand-written reader of the five fields. Both give
// the same Config, or an error that names exactly the wrong variables.
func FuzzLoad(f *testing.F) {
	f.Add("", "", "", "", "")
	f.Add("5", "100", "false", "10s", "1m")
	f.Add("-1", "x", "yes", "10", "-1s")
	f.Add(" 5", "99999999999", "T", "1h1m", "0")
	f.Fuzz(func(t *testing.T, workers, queue, priority, timeout, shutdown string) {
		values := []string{workers, queue, priority, timeout, shutdown}
		vars := map[string]string{}
		for i, name := range variables {
			if strings.Contains(values[i], "\x00") || strings.Contains(values[i], "WORKER_") {
				return // not possible in an environment; looks like the name of a variable
			}
			vars[name] = values[i]
		}

		want := defaults
		var wrong []string
		read := func(name string, set func(c *pool.Config, value string) error) {
			var one pool.Config
			if vars[name] == "" {
				return
			}
			if set(&one, vars[name]) != nil || one.Validate() != nil {
				wrong = append(wrong, name)
				return
			}
			_ = set(&want, vars[name])
		}
		read("WORKER_POOL_SIZE", func(c *pool.Config, v string) error { return readInt(&c.Workers, v) })
		read("WORKER_QUEUE_SIZE", func(c *pool.Config, v string) error { return readInt(&c.QueueSize, v) })
		read("WORKER_PRIORITY", func(c *pool.Config, v string) (err error) { c.Priority, err = strconv.ParseBool(v); return })
		read("WORKER_TASK_TIMEOUT", func(c *pool.Config, v string) (err error) { c.TaskTimeout, err = time.ParseDuration(v); return })
		read("WORKER_SHUTDOWN_TIMEOUT", func(c *pool.Config, v string) (err error) { c.ShutdownTimeout, err = time.ParseDuration(v); return })

		if len(wrong) > 0 {
			wantWrong(t, vars, wrong...)
			return
		}
		setenv(t, vars)
		cfg, err := poolenv.Load()
		if err != nil || !reflect.DeepEqual(cfg, want) {
			t.Errorf("%q: %+v, %v\nwant %+v", vars, cfg, err, want)
		}
	})
}

func readInt(to *int, v string) error {
	n, err := strconv.ParseInt(v, 10, 32)
	*to = int(n)
	return err
}
