// Package copied makes copies of other people's queues whose steps the explorer sees.
//
// A copy is made of files of a module, as the module cache has them, or of the standard
// library. In it, imports of sync/atomic, sync, runtime and time become those of the
// packages below shim, and a few places are edited: what cannot be reached by an
// import, such as assembly, what would take too long, such as a segment of 4096 values,
// and loops that wait without yielding. Edits say why.
//
// The copies are never part of this repository. They are handed to the go command by
// -overlay, together with package rings as it is when it imports them.
package copied
