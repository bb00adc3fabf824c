package pool

// expand is never called. A FuncPool is generic and compiled in the packages that
// use it, which get the bodies of what its calls need only if they were inlined
// here: see internal/atomics.
func expand() error { return NewFunc[int](Config{}, nil).Submit(0) }

var _ = expand
