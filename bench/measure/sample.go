package measure

// A Sample is what one measurement found.
type Sample struct {
	Values  Values
	Latency *Histogram // of each operation, where the case has that
}
