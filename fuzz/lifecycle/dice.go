package lifecycle

import "math/rand/v2"

// Dice decide what happens in a lifecycle. They are used by one goroutine at a time.
type Dice interface {
	// Roll returns a number from 0 up to, but not, n.
	Roll(n int) int
}

// Seeded returns dice that fall the same for the same seed.
func Seeded(seed uint64) Dice { return seededDice{rand.New(rand.NewPCG(seed, 0))} }

type seededDice struct{ r *rand.Rand }

func (d seededDice) Roll(n int) int { return d.r.IntN(n) }

// Recorded returns dice that fall as the bytes say, and on 0 once they are used up.
func Recorded(script []byte) Dice { return &recordedDice{script} }

type recordedDice struct{ script []byte }

func (d *recordedDice) Roll(n int) int {
	at := 0
	for range 2 {
		at <<= 8
		if len(d.script) > 0 {
			at |= int(d.script[0])
			d.script = d.script[1:]
		}
		if n <= 256 {
			break
		}
	}
	return at % n
}

// split returns dice of their own for each of n goroutines.
func split(d Dice, n int) []Dice {
	all := make([]Dice, n)
	for i := range all {
		all[i] = Seeded(uint64(d.Roll(1<<16))<<16 | uint64(d.Roll(1<<16)))
	}
	return all
}

// one returns one of the choices.
func one[T any](d Dice, choices ...T) T { return choices[d.Roll(len(choices))] }

// chance reports true in one of n cases.
func chance(d Dice, n int) bool { return d.Roll(n) == n-1 }
