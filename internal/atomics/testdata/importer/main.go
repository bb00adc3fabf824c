// Importer uses rings and does not import sync/atomic. TestImportersInline
// looks at the code the compiler makes of it.
package main

import "github.com/user/millrace/ringbuffer"

func main() {
	r := ringbuffer.NewMPMC[int](1)
	r.TryPush(1)
	r.TryPop()
	w := ringbuffer.NewPtrRing[*int](1)
	w.TryPush(new(int))
	w.TryPop()
}
