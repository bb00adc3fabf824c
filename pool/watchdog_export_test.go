package pool

// StackOf returns the part of dump that is of the goroutine with that number.
func StackOf(dump string, number uint64) []byte { return stackDump(dump).of(number) }

// WatchdogPending reports whether the watchdog's timer is set or a look is under
// way.
func WatchdogPending(p *WorkerPool) bool {
	p.watchdog.mu.Lock()
	defer p.watchdog.mu.Unlock()
	return p.watchdog.pending
}
