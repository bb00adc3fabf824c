package pool

// SizeInFact returns how many workers the scheduler allows.
func (p *WorkerPool) SizeInFact() int { return p.engine.Workers() }
