package main

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// A lockedBuffer may be written to by concurrent goroutines.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

// Method: in a bubble the 100 tasks of a tenth of a second take exactly two
// seconds on five workers, and no real time.
func TestRunDoesEachTaskOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out lockedBuffer
		began := time.Now()
		require.NoError(t, run(t.Context(), &out))
		assert.Equal(t, 2*time.Second, time.Since(began))
		var want []string
		for i := range 100 {
			want = append(want, fmt.Sprintf("Processing task %d", i))
		}
		slices.Sort(want)
		got := strings.Split(strings.TrimSuffix(out.buf.String(), "\n"), "\n")
		slices.Sort(got)
		assert.Equal(t, want, got, "lines")
	})
}
