package faults

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The packages whose protocols have models beside them.
var modelled = []string{"../../ringbuffer", "../../sched"}

func eachModel(t *testing.T, f func(t *testing.T, model string)) {
	seen := 0
	for _, dir := range modelled {
		for _, name := range glob(t, filepath.Join(dir, "*.pml")) {
			seen++
			t.Run(filepath.Base(name), func(t *testing.T) { f(t, read(t, name)) })
		}
	}
	assert.GreaterOrEqual(t, seen, 4, "only %d models were found", seen)
}

func glob(t *testing.T, pattern string) []string {
	t.Helper()
	names, err := filepath.Glob(pattern)
	require.NoError(t, err)
	return names
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	require.NoError(t, err)
	return string(text)
}

var quote = regexp.MustCompile("`([^`]*)`")

// Goal: a statement that a model says a step stands for is still in the code. A
// statement that came into the code is not noticed.
func TestWhatModelsQuoteIsInTheCode(t *testing.T) {
	var code strings.Builder
	for _, dir := range modelled {
		for _, name := range glob(t, filepath.Join(dir, "*.go")) {
			if !strings.HasSuffix(name, "_test.go") {
				code.WriteString(read(t, name))
			}
		}
	}
	eachModel(t, func(t *testing.T, model string) {
		quotes := quote.FindAllStringSubmatch(model, -1)
		for _, q := range quotes {
			if q[1] != "its statement" && !strings.Contains(code.String(), q[1]) {
				t.Errorf("`%s` is nowhere in %v", q[1], modelled)
			}
		}
		assert.GreaterOrEqual(t, len(quotes), 10, "only %d statements are quoted", len(quotes))
	})
}

var (
	trial      = regexp.MustCompile(`(?m)^ \*\t(clean|fault|large) (.*)$`)
	definition = regexp.MustCompile(`-D(\w+)`)
	fault      = regexp.MustCompile(`BUG_\w+`)
)

// Goal: each fault that a model knows is tried, alone, and nothing is defined for a
// trial that the model does not know.
func TestEachFaultOfAModelIsTried(t *testing.T) {
	eachModel(t, func(t *testing.T, model string) {
		head, body, _ := strings.Cut(model, "*/")
		tried := map[string]bool{}
		for _, line := range trial.FindAllStringSubmatch(head, -1) {
			kind, definitions := line[1], line[2]
			want := 0
			if kind == "fault" {
				want = 1
			}
			faults := fault.FindAllString(definitions, -1)
			assert.Len(t, faults, want, "%s: faults", line[0])
			for _, f := range faults {
				tried[f] = true
			}
			for _, d := range definition.FindAllStringSubmatch(definitions, -1) {
				assert.True(t, regexp.MustCompile(`\b`+d[1]+`\b`).MatchString(body),
					"%s: the model does not know %s", line[0], d[1])
			}
		}
		for _, f := range fault.FindAllString(body, -1) {
			if !tried[f] {
				t.Errorf("%s is not tried", f)
				tried[f] = true
			}
		}
		assert.GreaterOrEqual(t, len(tried), 5, "only %d faults are tried", len(tried))
	})
}
