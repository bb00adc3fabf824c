// Package explore runs concurrent code one step at a time, on one schedule after the
// other, until it fails or all schedules within a bound have been run. It holds code only
// under the build tag model.
//
//	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
//		r := ringbuffer.NewMPMC[int](1)
//		x.Go("push", func() { r.TryPush(1) })
//		x.Go("pop", func() { r.TryPop() })
//		x.After(func() error { return … })
//	})
//
// A scenario is real code. Each of its operations on a word of internal/atomics, on a
// try-lock, parker, timer or goroutine of internal/threads, and each random draw of
// internal/random is handed to the explorer by internal/hook. Go's atomics lie in one total
// order, so running one goroutine at a time shows all that can happen, provided that other
// variables are ordered by those steps. The race detector checks that, in a build without
// the tag.
//
// # Output of a run
//
//	2706 executions, 1058 partial orders, up to 304 steps; bound 2 exhausted; seeds 0 to 299 sampled; 158ms
//
// The bound is the largest number of preemptions of which the search saw all executions. If
// no interleaving is left, the line says so instead. Then schedules are drawn at random, each
// from a seed. A search takes at most half a second by default, and says if that was too
// short for its bound.
//
//	-explore.budget=10m        search each case for at most so long, then sample it
//	-explore.preemptions=3     up to this bound; -1 for 3 and then without one
//	-explore.samples=1000000   draw so many schedules
//	-explore.replay=p0x4.1x7   run this schedule, or seed, and print its steps
//
// An execution fails by X.Fail, a panic, a predicate at rest or at the end, a deadlock, a
// livelock, or too many steps. Then its steps are printed, one a line with > before one that
// preempts, and how to replay it.
//
// # Search
//
// The search is depth first and stateless: each execution begins anew and follows the last
// one up to the point at which it differs. Bounds of 0, 1, 2 … preemptions are searched one
// after the other (Musuvathi and Qadeer, "Iterative Context Bounding for Systematic Testing
// of Multithreaded Programs", PLDI 2007), so the first failure has as few preemptions as
// possible. Switching to another goroutine costs one if the last could continue, and none if
// it ended, is parked, or pauses.
//
// Two steps depend on each other if they access the same object and one changes it. A step
// that left a word unchanged, for instance a failed compare-and-swap, counts as a load.
// Executions that differ only in the order of independent steps are the same partial order
// (Mazurkiewicz trace) and end alike. Steps of X.Record mark when calls begin and end. A
// beginning depends on the ends before it, so that histories differ by which call ended
// before which began.
//
// Without a bound the search is source-DPOR (Abdulla, Aronis, Jonsson and Sagonas, "Optimal
// Dynamic Partial Order Reduction", POPL 2014): for each two dependent steps of an execution
// that could come in the other order, it makes sure that they do in another execution. Sleep
// sets (Godefroid, LNCS 1032, 1996) keep it from running a partial order twice to its end;
// it gives up some executions early.
//
// With a bound these reductions would lose executions, because the one run in place of
// another may take more preemptions (Coons, Musuvathi and McKinley, "Bounded Partial-Order
// Reduction", OOPSLA 2013). The search then leaves out less, by these rules:
//
//   - Running goroutine p is preempted before its step e only if, after e, another
//     goroutine took a step in some execution that depends on e. If none does, e may as
//     well come first: with the preemption after it, or with none, if p waits then.
//   - After that, p sleeps: it is not run until a step was taken that depends on e.
//     Otherwise e could be put before the preemption; that takes no more preemptions, and
//     is an execution that was run before.
//   - Another goroutine sleeps after all executions that begin with its step were run, but
//     only if the bound cut nothing off there.
//   - If no goroutine is preempted, all are tried.
//
// They lose no partial order that some execution within the bound has. Take, of the
// executions of such a partial order, the one that comes first in the order of the search. If
// the first or second rule left it out, one before it would be within the bound. If the third
// does, all executions that begin with the sleeper's step were run, and that partial order
// was among them. TestReductionLosesNothing compares both searches with one that leaves out
// nothing.
//
// # Limits
//
// Between two steps a goroutine runs alone. So a plain variable that it writes after the step
// that publishes it seems to be written in that step. Config.Late adds a step after each
// write, at a price; the race detector is the other means.
//
// Steps of the setup, and of predicates, are not interleaved. Go's select chooses at random
// if a parker's token and its done are both there; here the token takes precedence, as it
// does before the select.
//
// # Pause
//
// A goroutine that pauses is not run until another one has stepped. In a search, if it has
// changed nothing since its last pause, it is not run until something changed that it has
// read since: a waiting loop would otherwise find what it found before. If no other can step,
// the one that has paused longest continues. So a search loses nothing if such loops do not
// count their iterations; a worker that polls n times before it parks should do so with
// n = 0. Sampling runs pausing goroutines after any step of others. 256 pauses in which
// nothing changes, or 10,000 steps, are a failure.
//
// Code may loop without a pause until another goroutine steps. So a goroutine that can step
// is passed over for at most 500 steps of others.
//
// A timer may fire at any step once it is set. A predicate at rest is checked when only
// timers can step: what only a timer would find was lost.
//
// # Samples
//
// If the search has not seen all, schedules are drawn at random, by PCT, POS and URW in turn,
// see sample.go: none of them finds all that the others do. A seed names the method, a
// number, and the steps that each goroutine is expected to take, so it stands for one schedule
// whatever was run before it.
//
// SURW, which weighs only the steps on one object, was tried and left out: it found none of
// the faults that were planted in package sched sooner than all of these.
//
// # Structure
//
// Explore (explore.go) runs one execution (execution.go) after the other on a stage
// (stage.go). Its goroutines are threads (thread.go) in coroutines (coroutine.go). They
// announce their next step, an op (op.go), through hooks.go. enabled.go decides which threads
// can step. A strategy picks the next one: a search (search.go; without a bound also
// races.go), a sampler (sample.go, seed.go) or a replay (replay.go). settle.go records the
// effect of a step. A scenario sees x.go and history.go, a test run.go; story.go, name.go and
// place.go print what happened.
//
// # Race detector
//
// Goroutines of an execution are coroutines, and switching to another one orders all that was
// before it. So the race detector finds nothing in them. It does report hook.Current, which
// goroutines of earlier tests may have read at their very end: build with -race or with
// -tags=model, not with both.
package explore
