// Package poolexpvar publishes the statistics of pools as variables of package
// expvar, whose handler shows them as JSON at /debug/vars.
//
// A pool's variable is an object with a field for each field of [pool.Stats],
// under its name there. A pool made with [pool.WithHistograms] also has the fields
// QueueWait and RunTime:
//
//	"QueueWait": {"Count": 1042, "Mean": 1503, "P50": 1007, "P90": 2031, "P99": 8063, "Max": 129023}
//
// They count since the pool was made. All durations are in nanoseconds.
//
// It is a separate package because importing expvar registers that handler with
// http.DefaultServeMux.
package poolexpvar
