//go:build model

package random

import "github.com/user/millrace/internal/hook"

// IntN returns a number in [0, n), chosen by the current explorer.
func (s *Source) IntN(n int) int {
	if e := hook.Current; e != nil {
		return e.Choose(n)
	}
	return int(uint64(s.next()) * uint64(n) >> 32)
}

// StackHash returns a number in [0, n), chosen by the current explorer.
func StackHash(n int) int {
	if e := hook.Current; e != nil {
		return e.Choose(n)
	}
	return 0
}
