package pool

// A Bell is a bell for tests.
type Bell struct{ b bell }

func (b *Bell) Ring()                 { b.b.ring() }
func (b *Bell) HasRung() bool         { return b.b.hasRung() }
func (b *Bell) Done() <-chan struct{} { return b.b.done() }

// A Listener is a listener for tests.
type Listener struct{ l listener }

// NewListener returns a Listener that takes a token.
func NewListener() *Listener { return &Listener{listener{wake: make(chan struct{}, 1)}} }

func (b *Bell) Listen(l *Listener) bool { return b.b.listen(&l.l) }
func (b *Bell) Leave(l *Listener) bool  { return b.b.leave(&l.l) }
func (l *Listener) Wake() chan struct{} { return l.l.wake }

// Places returns how many places of the queue are taken, those of cancelled tasks
// too.
func Places(p *WorkerPool) int { return p.engine.Queued() }
