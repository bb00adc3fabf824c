package impls

// Harness runs each task on the goroutine that submits it. Its cost is that of the case
// without any pool.
var Harness = Impl{
	Name:   "harness",
	Setup:  "no pool: the submitter runs the task itself",
	New:    func(Config) Pool { return direct{} },
	Queues: true,
	NewTyped: func(_ Config, f func(Value)) Typed {
		return directTyped(used(f))
	},
}

type direct struct{}

func (direct) Repeat(f func()) func(int) {
	f = called(f)
	return func(times int) {
		for range times {
			f()
		}
	}
}

func (direct) Submit(f func(int), i int) { f(i) }

func (p direct) RepeatBatch(f func(), size int) func(int) {
	submit := p.Repeat(f)
	return func(times int) { submit(times * size) }
}

func (p direct) RunTree(levels int, f func()) {
	if f != nil {
		f()
	}
	if levels > 1 {
		p.RunTree(levels-1, f)
		p.RunTree(levels-1, f)
	}
}

func (direct) SubmitAll(f func(int), from, to int) {
	for i := from; i < to; i++ {
		f(i)
	}
}

func (direct) Call(f func(int) int, i int) int { return f(i) }

func (direct) Promise(f func(int) int, i int) Promise { return kept(f(i)) }

type kept int

func (p kept) Wait() int { return int(p) }

func (direct) Close() {}

type directTyped func(Value)

func (f directTyped) Submit(from, to Value) {
	for v := from; v < to; v++ {
		f(v)
	}
}

func (directTyped) Close() {}
