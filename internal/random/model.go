//go:build model

package random

import "github.com/user/millrace/internal/hook"

// IntN returns one of 0 … n-1; the explorer in charge chooses which.
func (s *Source) IntN(n int) int {
	if e := hook.Current; e != nil {
		return e.Choose(n)
	}
	return int(uint64(s.next()) * uint64(n) >> 32)
}

// StackHash returns one of 0 … n-1; the explorer in charge chooses which.
func StackHash(n int) int {
	if e := hook.Current; e != nil {
		return e.Choose(n)
	}
	return 0
}
