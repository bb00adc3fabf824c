// Package explore runs concurrent code one step at a time, on one schedule after the
// other, until it fails or all schedules within a bound were seen. It holds code only
// under the build tag model.
//
//	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
//		r := ringbuffer.NewMPMC[int](1)
//		x.Go("push", func() { r.TryPush(1) })
//		x.Go("pop", func() { r.TryPop() })
//		x.After(func() error { return … })
//	})
//
// A scenario is real code: whatever it does to a word of internal/atomics, to a
// try-lock, parker, timer or goroutine of internal/threads, or by chance through
// internal/random, is handed over by internal/hook. Go's atomics lie in one total
// order, so to run one goroutine at a time shows all that can happen, as long as other
// variables are ordered by those steps; that the race detector sees to, in a build
// without the tag.
//
// # What a run prints
//
//	2706 executions, 1058 partial orders, up to 304 steps; bound 2 exhausted; seeds 0 to 299 sampled; 158ms
//
// The bound is the largest on preemptions of which the search saw all executions; where
// no interleaving is left, with or without a bound, that is said instead. Then schedules
// are drawn by chance, each from a seed. A search takes half a second at most by default,
// and says so where that was too short for its bound; CASES.md beside this file lists what
// each case takes to the end.
//
//	-explore.budget=10m        search each case for so long at most, then sample it
//	-explore.preemptions=3     up to this bound; -1 for 3 and then without one
//	-explore.samples=1000000   draw so many schedules
//	-explore.replay=p0x4.1x7   run this schedule, or seed, and print its steps
//
// An execution fails by X.Fail, a panic, a predicate at rest or at the end, a deadlock,
// goroutines going in circles, or too many steps. Then its steps are printed, one a line
// with > before one that preempts, and how to replay it.
//
// # Search
//
// A depth-first search without state: each execution begins anew and follows the last
// one up to the point where it differs. Bounds of 0, 1, 2 … preemptions are searched one
// after the other (Musuvathi and Qadeer, "Iterative Context Bounding for Systematic
// Testing of Multithreaded Programs", PLDI 2007), so what fails first does so with as few
// as it takes. To go over to another goroutine costs one if the last could step on; not
// where it ended, is parked, or pauses.
//
// Two steps depend on each other if they touch the same object and one changes it. What
// left a word as it was, a failed compare-and-swap for instance, counts as a load.
// Executions that differ in the order of independent steps only are the same partial
// order (Mazurkiewicz trace) and end alike. Steps of X.Record say when calls begin and
// end; a beginning depends on the ends before it, so that histories are told apart by
// which call ended before which began.
//
// Without a bound the search is source-DPOR (Abdulla, Aronis, Jonsson and Sagonas,
// "Optimal Dynamic Partial Order Reduction", POPL 2014): for each two dependent steps of
// an execution that could come the other way round, it makes sure that they do in
// another. Sleep sets (Godefroid, LNCS 1032, 1996) keep it from meeting a partial order
// twice: it runs each one to its end once, beside executions that it gives up early.
//
// With a bound these reductions would lose executions, as the one met in place of
// another may take more preemptions (Coons, Musuvathi and McKinley, "Bounded
// Partial-Order Reduction", OOPSLA 2013). What is left out then, and why no partial
// order is lost that some execution within the bound has:
//
//   - Running goroutine p is preempted before its step e only if, after e, another
//     goroutine took a step in some execution that depends on e. If none does, e may as
//     well come first: with the preemption after it, or with none, if p waits then.
//   - After that, p sleeps: it is not run until a step was taken that depends on e. Else
//     e could be put before the preemption; that takes no more preemptions, and is an
//     execution that was tried before.
//   - Another goroutine sleeps after all that begins with its step was seen only if the
//     bound cut nothing off there.
//   - Where nobody is preempted, all goroutines are tried.
//
// Take, of the executions of a partial order within the bound, the one that comes first
// in the order of the search. If it were left out by the first or second rule, one
// before it would be within the bound. If it is left out by the third, all that begins
// with the sleeper's step was seen, that partial order included.
// TestReductionLosesNothing compares both searches with one that leaves out nothing.
//
// # What is not seen
//
// Between two steps a goroutine runs on alone, so a plain variable that it writes after
// the step that gives it away seems to be written in that step. Config.Late makes a step
// of what comes after each write, at a price; the race detector is the other way.
//
// Steps of the setup, and of predicates, are not interleaved with anything. Go's select
// chooses at random where a parker's token and its done are both there; here the token
// counts first, as it does before the select.
//
// # Pause
//
// A goroutine that pauses is not run until another one has stepped; in a search, if it
// has changed nothing since its last pause, until something was changed that it has read
// since. In a loop that waits, it would find what it found before. Where nobody else can
// step, the one that has paused for longest goes on. So a search loses nothing where
// such loops do not count their turns; a worker that looks n times before it parks
// should do so with n = 0. Sampling runs those who pause after any step of others.
// Nobody changing anything for 256 pauses, or an execution of 10,000 steps, is a failure.
//
// Code may go round without a pause until another goroutine steps. So one that could
// step is left behind for 500 steps of others at most; then it is its turn.
//
// A timer may fire at any step, once set. A predicate at rest is asked where nobody but
// timers can step: what waits for a timer to be found was lost.
//
// # Samples
//
// Where the search has not seen all, schedules are drawn by chance, by PCT, POS and URW in
// turn, see sample.go: none of them finds all that the others do. A seed names the way, a
// number, and the steps that each goroutine is expected to take, so it stands for one
// schedule whatever was run before it.
//
// SURW, which weighs only the steps on one object, was tried and left out: it found none of
// the faults that were planted in package sched sooner than all of these.
//
// # Reading the code
//
// Explore (explore.go) runs one execution (execution.go) after the other on a stage
// (stage.go). Its goroutines are threads (thread.go) in coroutines (coroutine.go), and
// announce what they are about to do, an op (op.go), through hooks.go. Who can step says
// enabled.go; who does is picked by a strategy: a search (search.go; without a bound also
// races.go), a sampler (sample.go, seed.go) or a replay (replay.go). What came of a step notes
// settle.go. A scenario sees x.go and history.go, a test run.go; story.go, name.go and
// place.go tell what happened.
//
// # The race detector
//
// Goroutines of an execution are coroutines, and going over to another one orders all
// that was before it. So the race detector has nothing to say about them. It does speak
// of hook.Current, which goroutines of earlier tests may have read at their very end:
// build with -race or with -tags=model, not with both.
package explore
