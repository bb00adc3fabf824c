// Package copied makes copies of other people's queues, and of one pool, whose steps
// the explorer sees.
//
// A copy is made of files of a module, as the module cache has them, or of the standard
// library. In it, imports of sync/atomic, sync, runtime and time become those of this
// module's internal/atomics and internal/threads. A few places are edited: what no
// import reaches, such as assembly and go statements, what would take too long, such as
// a segment of 4096 values, and loops that wait without yielding. Each edit says why.
//
// The copies are never part of this repository. They are handed to the go command by
// -overlay, and so is package rings, importing them.
package copied
