package histogram

import (
	"math/bits"
	"time"
)

// A range has an index i. For i < 2·steps it holds the single duration i; above,
// each power of two is divided into as many ranges as there are steps.
const (
	stepBits = 5
	steps    = 1 << stepBits
	ranges   = (63-stepBits)*steps + steps
)

func rangeOf(d time.Duration) int {
	v := uint64(max(d, 0))
	power := max(bits.Len64(v)-stepBits-1, 0)
	return power<<stepBits + int(v>>power)
}

// powerOf returns the binary logarithm of the width of range i.
func powerOf(i int) int { return max(i>>stepBits-1, 0) }

func shortestOf(i int) time.Duration {
	power := powerOf(i)
	return time.Duration(i-power<<stepBits) << power
}

func widthOf(i int) time.Duration { return 1 << powerOf(i) }

func middleOf(i int) time.Duration { return shortestOf(i) + (widthOf(i)-1)/2 }
