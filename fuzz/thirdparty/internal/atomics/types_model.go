//go:build model

package atomics

import "github.com/user/millrace/internal/atomics"

type (
	Bool           = atomics.Bool
	Int32          = atomics.Int32
	Int64          = atomics.Int64
	Uint32         = atomics.Uint32
	Uint64         = atomics.Uint64
	Pointer[T any] = atomics.Pointer[T]
)
