package lifecycle

import "math/rand/v2"

// Dice make the random decisions of a lifecycle. Only one goroutine at a time may use them.
type Dice interface {
	// Roll returns a number in [0, n).
	Roll(n int) int
}

// Seeded returns dice whose numbers depend on the seed alone.
func Seeded(seed uint64) Dice { return seededDice{rand.New(rand.NewPCG(seed, 0))} }

type seededDice struct{ r *rand.Rand }

func (d seededDice) Roll(n int) int { return d.r.IntN(n) }

// Recorded returns dice that take their numbers from bytes, and 0 after the last byte.
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

// split returns independent dice for each of n goroutines.
func split(d Dice, n int) []Dice {
	all := make([]Dice, n)
	for i := range all {
		all[i] = Seeded(uint64(d.Roll(1<<16))<<16 | uint64(d.Roll(1<<16)))
	}
	return all
}

// one returns one of the choices.
func one[T any](d Dice, choices ...T) T { return choices[d.Roll(len(choices))] }

// chance reports true with probability 1/n.
func chance(d Dice, n int) bool { return d.Roll(n) == n-1 }
