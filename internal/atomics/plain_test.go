//go:build !model

package atomics_test

import (
	"sync/atomic"
	"testing"

	"github.com/user/millrace/internal/atomics"
)

// What is shown here is shown by compiling: a pointer to one type can be
// assigned to a pointer to another only if the types are the same.
func TestNormalBuildTypesAreAliases(t *testing.T) {
	var (
		_ *atomic.Bool         = new(atomics.Bool)
		_ *atomic.Int32        = new(atomics.Int32)
		_ *atomic.Int64        = new(atomics.Int64)
		_ *atomic.Uint32       = new(atomics.Uint32)
		_ *atomic.Uint64       = new(atomics.Uint64)
		_ *atomic.Pointer[int] = new(atomics.Pointer[int])
	)
}
