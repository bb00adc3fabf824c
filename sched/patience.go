package sched

// The patience of a submitter that finds no room, and of a worker that finds no item,
// is how long it spins before it looks further, in the turns of threads.Spin.
//
// Whoever took each place, or each item, as it came would pass the cache lines of the
// ring to and fro with the other side. After a spin there is room, or work, for a run
// of items, and the lines move once for all of them.
//
// With items that take long there is nothing to gather, and who spins had better leave
// its processor to others: so patience doubles each time it gathered much, and is halved
// each time it did not.
const (
	minPatience = 16
	maxPatience = 3000 // about three microseconds
	worthwhile  = 64   // to gather one in this time
)

// adapt returns the patience that follows one that gathered so many.
func adapt(patience uint32, gathered int) uint32 {
	if gathered*worthwhile > int(patience) {
		return min(patience*2, maxPatience)
	}
	return max(patience/2, minPatience)
}
