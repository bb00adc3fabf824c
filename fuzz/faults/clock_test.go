package faults

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// wallClock are methods and functions of package time whose result, or whose argument,
// is a time of day: none of them has a monotonic reading, so what is compared with it
// jumps with the clock.
var wallClock = []string{
	"Round", "Truncate", "UTC", "Local", "In", "Date", "Parse", "ParseInLocation",
	"Unix", "UnixMilli", "UnixMicro", "UnixNano", "Format", "AppendFormat", "MarshalText", "MarshalBinary", "MarshalJSON",
	"Year", "YearDay", "Month", "Day", "Weekday", "Hour", "Minute", "Second", "Nanosecond", "ISOWeek", "Clock",
}

// allowed are uses that no jump of the clock can make wrong.
var allowed = map[string]string{
	"pool/stop.go: time.Unix": "earlier than any retry is due: what ends all of them",
}

// elsewhere are packages of the same names that have nothing to do with time.
var elsewhere = []string{"math", "atomics", "atomic"}

// Goal: no span of time is measured, and no instant compared, by the wall clock. Times
// are what time.Now gives, which carry the monotonic clock, and durations. The one
// exception is what the user gives: the deadline of a context made by WithDeadline from
// a time of day is compared by the time of day, as the context package does.
func TestNothingMeasuresByTheWallClock(t *testing.T) {
	used := map[string]bool{}
	nows := 0
	for _, dir := range []string{"ringbuffer", "pheap", "sched", "pool", "internal"} {
		root := filepath.Join("../..", dir)
		err := filepath.WalkDir(root, func(path string, e fs.DirEntry, err error) error {
			if err != nil {
				return err
			}
			if e.IsDir() && (e.Name() == "examples" || e.Name() == "tools" || e.Name() == "explore" || e.Name() == "testdata") {
				return fs.SkipDir
			}
			if strings.HasSuffix(path, ".go") && !strings.HasSuffix(path, "_test.go") {
				name, _ := filepath.Rel("../..", path)
				nows += strayTimes(t, path, filepath.ToSlash(name), used)
			}
			return nil
		})
		require.NoError(t, err)
	}
	for use := range allowed {
		assert.True(t, used[use], "%s is allowed, and not used", use)
	}
	assert.GreaterOrEqual(t, nows, 5, "only %d calls of time.Now: where is the code?", nows)
}

func strayTimes(t *testing.T, path, name string, used map[string]bool) (nows int) {
	fset := token.NewFileSet()
	f, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
	require.NoError(t, err)
	ast.Inspect(f, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		sel, ok := call.Fun.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		of := ""
		if x, ok := sel.X.(*ast.Ident); ok {
			of = x.Name
		}
		if of == "time" && sel.Sel.Name == "Now" {
			nows++
		}
		if !slices.Contains(wallClock, sel.Sel.Name) || slices.Contains(elsewhere, of) {
			return true
		}
		use := name + ": " + of + "." + sel.Sel.Name
		if used[use] = true; allowed[use] == "" {
			t.Errorf("%s is %s.%s, which knows the time of day only", fset.Position(sel.Pos()), of, sel.Sel.Name)
		}
		return true
	})
	return nows
}
