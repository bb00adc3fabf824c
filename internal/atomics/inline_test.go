//go:build !model && !race

package atomics_test

import (
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImportersInline: a package that imports ringbuffer and not sync/atomic gets
// instructions for its atomic steps, not calls; see expand. A program is built and
// the code of its ring is read.
func TestImportersInline(t *testing.T) {
	program := filepath.Join(t.TempDir(), "importer")
	run := func(args ...string) string {
		out, err := exec.Command("go", args...).CombinedOutput()
		if err != nil {
			t.Fatalf("go %s: %v\n%s", strings.Join(args, " "), err, out)
		}
		return string(out)
	}
	run("build", "-o", program, "./testdata/importer")
	code := run("tool", "objdump", "-s", `ringbuffer\.\(\*(MPMC|PtrRing).*\.(Offer|Poll|notFree|notPublished)$`, program)
	require.Contains(t, code, "mpmc.go", "no code of the rings in the program:\n%s", code)
	require.Contains(t, code, "ptrring.go", "no code of the rings in the program:\n%s", code)
	for line := range strings.Lines(code) {
		assert.NotContains(t, line, "sync/atomic.(*", "a call")
		assert.NotContains(t, line, "atomics.Store", "a call")
		if runtime.GOARCH == "amd64" && strings.Contains(line, "XCHG") && !strings.Contains(line, "CMPXCHG") && !strings.Contains(line, "XCHGL AX, AX") {
			t.Errorf("a locked exchange where a release store would do: %s", line)
		}
	}
}
