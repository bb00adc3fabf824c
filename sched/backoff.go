package sched

// The spin budget of a submitter that finds no room, and of a worker that finds no item,
// is how long it spins before it looks further, in the turns of threads.Spin.
//
// Whoever took each place, or each item, as it came would pass the cache lines of the
// ring to and fro with the other side. After a spin there is room, or work, for a run
// of items, and the lines move once for all of them.
//
// With items that take long there is nothing to gather, and who spins had better leave
// its processor to others: so the budget doubles each time it gathered much, and is halved
// each time it did not.
const (
	minSpin     = 16
	maxSpin     = 3000 // about three microseconds
	spinPerItem = 64   // to gather one in this time
)

// nextSpin returns the budget that follows one that gathered so many.
func nextSpin(spinBudget uint32, gathered int) uint32 {
	if gathered*spinPerItem > int(spinBudget) {
		return min(spinBudget*2, maxSpin)
	}
	return max(spinBudget/2, minSpin)
}
