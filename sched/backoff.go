package sched

// The spin budget is how long a submitter that finds no room, or a worker that finds no
// item, spins before it goes elsewhere, in turns of threads.Spin.
//
// Taking each slot, or each item, as it comes would move the ring's cache lines back and
// forth with the other side. After a spin there is room, or work, for a run of items, and
// the lines move once for all of them.
//
// With long items nothing accumulates, and a spin only occupies a processor. So the budget
// doubles each time much accumulated, and is halved each time little did.
const (
	minSpin     = 16
	maxSpin     = 3000 // about three microseconds
	spinPerItem = 64   // turns that an accumulated item is worth
)

// nextSpin returns the budget after a spin in which so many items accumulated.
func nextSpin(spinBudget uint32, gathered int) uint32 {
	if gathered*spinPerItem > int(spinBudget) {
		return min(spinBudget*2, maxSpin)
	}
	return max(spinBudget/2, minSpin)
}
