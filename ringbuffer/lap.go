package ringbuffer

import "math/bits"

// A lap does the arithmetic of positions. A position is a number of laps, an index below
// the capacity, and bit 0, which is 0:
//
//	63 … bits: laps | bits-1 … 1: index | 0
//
// Indexes without a slot are skipped at the end of a lap. Laps wrap with the word, so
// positions are compared for equality only.
type lap struct {
	mask uint64 // covers index and bit 0
	end  uint64 // position&mask after the last index
	skip uint64 // distance from there to the next lap
	bits uint8  // width of index and bit 0
	cap  uint64
}

func newLap(capacity int) lap {
	width := bits.Len(uint(capacity-1)) + 1
	l := lap{mask: 1<<width - 1, bits: uint8(width), cap: uint64(capacity)}
	l.end = 2 * l.cap & l.mask
	l.skip = l.mask + 1 - 2*l.cap
	return l
}

func (l *lap) index(pos uint64) uint64 { return pos & l.mask >> 1 }

// next returns the position after pos.
func (l *lap) next(pos uint64) uint64 {
	pos += 2
	if pos&l.mask == l.end {
		pos += l.skip
	}
	return pos
}

// advance returns the position n after pos; n is at most the capacity.
func (l *lap) advance(pos uint64, n int) uint64 {
	if i := l.index(pos) + uint64(n); i >= l.cap {
		return l.around(pos&^l.mask) + (i-l.cap)<<1
	}
	return pos + uint64(n)<<1
}

// around returns the position one lap after pos.
func (l *lap) around(pos uint64) uint64 { return pos + l.mask + 1 }

// distance returns the number of positions between from and to, a later one.
func (l *lap) distance(from, to uint64) uint64 {
	laps := (to&^l.mask - from&^l.mask) >> l.bits
	return laps*l.cap + l.index(to) - l.index(from)
}
