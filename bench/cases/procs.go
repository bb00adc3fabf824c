package cases

// Procs returns the GOMAXPROCS that a size asks for, 0 if it leaves that to the machine.
func (p Params) Procs() int {
	for _, q := range p {
		if q.Key == procs {
			return q.Value
		}
	}
	return 0
}
