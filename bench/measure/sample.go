package measure

// A Sample is the result of one measurement.
type Sample struct {
	Values  Values
	Latency *Histogram // of the operations; nil if the case has none
}
