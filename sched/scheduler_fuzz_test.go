package sched

import (
	"fmt"
	"runtime"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// A verdict says how an item that runs is to end.
type verdict int

const (
	complete  verdict = iota
	fail              // it settles as failed
	comeBack          // it goes back through Return
	crash             // it panics
	exit              // it calls runtime.Goexit
	haveChild         // it submits another, nested, and completes
	verdicts
)

// A trial runs a script on a scheduler and on a model. One goroutine runs it; the
// items, and the calls that may block, have goroutines of their own, and after each
// operation the trial waits until all of them are still.
type trial struct {
	t *testing.T
	s *Scheduler[int]
	m *model

	mu        sync.Mutex
	starts    []int
	discarded []int
	children  map[int]int
	homes     map[int]int // the ring of the worker that an item runs on
	free      bool
	permits   int

	at       int            // the operation, from 0
	batch    bool           // it submits several items: one may start before the next is in
	verdicts []chan verdict // of the items made so far
	calls    []*submission  // that have not returned, as the model says
	waits    []*awaited
	joins    []*awaited
}

// awaited is a call of Wait or Join.
type awaited struct {
	done     chan struct{}
	returned bool
	answer   bool
}

const fuzzIdleTimeout = time.Second

func newTrial(t *testing.T, made [2]byte) *trial {
	cfg := Config[int]{
		Workers:     1 + int(made[0]&3),
		Capacity:    int(made[0] >> 2 & 7),
		rings:       1 + int(made[1]&3),
		IdleTimeout: fuzzIdleTimeout,
	}
	d := &trial{t: t, children: map[int]int{}, homes: map[int]int{}}
	m := &model{t: t, size: cfg.Workers, capacity: cfg.Capacity, rings: cfg.rings, permits: -1, ages: map[int]int{}}
	if made[1]&(1<<2) != 0 {
		m.source = true
		cfg.Source = &pile{capacity: cfg.Capacity}
	}
	if made[1]&(1<<3) != 0 {
		m.permits = 0
		cfg.Pacer = d
	}
	cfg.Run, cfg.Crashed, cfg.Discard = d.run, d.crashed, d.discard
	d.s = New(cfg)
	d.m, m.s = m, d.s
	m.rings = len(d.s.rings)
	m.overflows = make([][]int, m.rings)
	if made[1]&(1<<4) == 0 {
		d.start()
	}
	return d
}

// Take and GiveBack make a trial the Pacer of its scheduler.
func (d *trial) Take(any) time.Duration {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.permits == 0 {
		return time.Hour
	}
	d.permits--
	return 0
}

func (d *trial) GiveBack(any) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.permits++
}

func (d *trial) grant(n int) {
	d.mu.Lock()
	d.permits += n
	d.mu.Unlock()
	d.m.permits += n
	d.s.PermitsChanged()
}

func (d *trial) run(w *Worker[int], v int) {
	d.mu.Lock()
	d.starts = append(d.starts, v)
	d.homes[v] = d.s.homeOf(w.Slot())
	free, end := d.free, d.verdicts[v]
	d.mu.Unlock()
	ends := complete
	if !free {
		ends = <-end
	}
	switch ends {
	case fail:
		w.Settle(Failed)
		return
	case comeBack:
		d.s.Return(v, w.Age())
		return
	case crash:
		panic(v)
	case exit:
		runtime.Goexit()
	case haveChild:
		d.mu.Lock()
		child := d.children[v]
		d.mu.Unlock()
		w.SubmitNested(child)
	}
	w.Settle(Completed)
}

func (d *trial) crashed(w *Worker[int], v int, recovered any) {
	if recovered != nil && recovered != any(v) {
		d.t.Errorf("item %d crashed with %v", v, recovered)
	}
	w.Settle(Failed)
}

func (d *trial) discard(v int) {
	d.mu.Lock()
	d.discarded = append(d.discarded, v)
	d.mu.Unlock()
	d.s.Settle(Dropped)
}

// item makes another item.
func (d *trial) item() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.verdicts = append(d.verdicts, make(chan verdict, 1))
	return len(d.verdicts) - 1
}

func (d *trial) items(n int) []int {
	vs := make([]int, n)
	for i := range vs {
		vs[i] = d.item()
	}
	return vs
}

func (d *trial) want(what string, got, want any) {
	d.t.Helper()
	if got != want {
		d.t.Fatalf("%s: got %v, want %v", what, got, want)
	}
}

// ---- the operations of a script ------------------------------------------------

func (d *trial) do(b byte) {
	switch arg := int(b >> 4); b & 15 {
	case 0:
		d.trySubmit()
	case 1:
		d.submit(1)
	case 2:
		d.nested()
	case 3:
		d.tryBatch(arg % 8)
	case 4:
		d.submit(arg % 8)
	case 5:
		d.letGo(arg>>1, verdict(arg&1))
	case 6:
		d.letGo(arg/4, comeBack+verdict(arg%4))
	case 7:
		d.evict()
	case 8:
		d.accept()
	case 9:
		d.leaveInline(arg)
	case 10:
		d.resize(arg - 1)
	case 11:
		d.wait(arg)
	case 12:
		d.abandon(arg)
	case 13:
		if d.m.permits >= 0 {
			d.grant(1 + arg%4)
		}
	case 14:
		d.letAllGo()
	case 15:
		switch {
		case arg == 15:
			d.close()
			d.halt()
		case arg == 14:
			d.close()
		case arg > 11:
			d.join()
		case arg > 7:
			d.sleep()
		default:
			d.start()
		}
	}
}

func (d *trial) start() {
	d.want("Start", d.s.Start(), !d.m.started)
	d.m.started = true
}

func (d *trial) trySubmit() {
	v, m := d.item(), d.m
	want := Accepted
	switch {
	case m.closed:
		want = Stopped
	case m.room() == 0:
		want = Full
	}
	d.want("TrySubmit", d.s.TrySubmit(v), want)
	if want == Accepted {
		m.push(v)
	}
}

// submit submits n items in a call that may wait for room. How several such calls
// share the room that one step makes is not told, so nobody waits beside a batch.
func (d *trial) submit(n int) {
	m := d.m
	for _, other := range m.blocked {
		if n != 1 || len(other.items)+other.accepted > 1 {
			d.tryBatch(n)
			return
		}
	}
	d.batch = n > 1
	c := &submission{items: d.items(n), done: make(chan struct{})}
	vs := slices.Clone(c.items)
	m.blocked = append(m.blocked, c)
	d.calls = append(d.calls, c)
	go func() {
		if n == 1 {
			if c.status = d.s.Submit(vs[0], c.done); c.status == Accepted {
				c.n = 1
			}
		} else {
			c.n, c.status = d.s.SubmitBatch(vs, c.done)
		}
		c.returned = true
	}()
	switch {
	case n == 0:
		m.blocked = nil
		d.hasReturned(c, Accepted)
	case m.closed:
		m.blocked = nil
		d.hasReturned(c, Stopped)
	case !m.started:
		for _, c := range m.admit(0) {
			d.hasReturned(c, Accepted)
		}
		if len(m.blocked) > 0 {
			m.blocked = nil
			d.hasReturned(c, NotStarted)
		}
	}
}

// hasReturned says that a call must be back once all is still.
func (d *trial) hasReturned(c *submission, status Status) {
	d.calls = slices.DeleteFunc(d.calls, func(other *submission) bool { return other == c })
	synctest.Wait()
	if !c.returned || c.status != status || c.n != c.accepted {
		d.t.Fatalf("a submission: returned %v, %d accepted, status %d, want %d, status %d", c.returned, c.n, c.status, c.accepted, status)
	}
}

func (d *trial) nested() {
	v := d.item()
	if d.m.closed {
		d.want("SubmitNested", d.s.SubmitNested(v), Stopped)
		return
	}
	d.m.nested(v, 0)
	d.want("SubmitNested", d.s.SubmitNested(v), Accepted)
}

func (d *trial) tryBatch(n int) {
	m, vs := d.m, d.items(n)
	d.batch = n > 1
	least := min(n, m.room())
	most := min(n, m.room()+m.idle()) // workers may take some meanwhile
	if m.closed {
		least, most = 0, 0
	}
	if m.free {
		most = n
	}
	accepted, status := d.s.TrySubmitBatch(vs)
	want := Accepted
	switch {
	case accepted == n:
	case m.closed:
		want = Stopped
	default:
		want = Full
	}
	if accepted < least || accepted > most || status != want {
		d.t.Fatalf("TrySubmitBatch of %d: %d, status %d, want %d … %d, status %d", n, accepted, status, least, most, want)
	}
	for _, v := range vs[:accepted] {
		m.push(v)
	}
}

// letGo lets one of the running items come to an end.
func (d *trial) letGo(which int, how verdict) {
	m := d.m
	if len(m.running) == 0 {
		return
	}
	at := which % len(m.running)
	v := m.running[at]
	if how == haveChild {
		child := d.item()
		d.mu.Lock()
		d.children[v] = child
		home := d.homes[v]
		d.mu.Unlock()
		if !m.closed {
			m.nested(child, home)
		}
	}
	m.running = slices.Delete(m.running, at, at+1)
	switch how {
	case comeBack:
		m.comeBack(v)
	case fail, crash, exit:
		m.settle(Failed)
	default:
		m.settle(Completed)
	}
	d.verdicts[v] <- how
}

// letAllGo lets items complete at once until nothing more starts.
func (d *trial) letAllGo() {
	m := d.m
	d.setFree(true)
	for _, v := range m.running {
		m.settle(Completed)
		d.verdicts[v] <- complete
	}
	m.running = nil
	d.compare(false)
	d.setFree(false)
}

func (d *trial) setFree(free bool) {
	d.m.free = free
	d.mu.Lock()
	d.free = free
	d.mu.Unlock()
}

func (d *trial) evict() {
	m := d.m
	if m.source {
		return
	}
	v, ok := d.s.Evict()
	exact := m.rings == 1 && !m.loose
	if exact && ok != (len(m.queue) > 0) || ok && len(m.queue) == 0 || ok && exact && v != m.queue[0] {
		d.t.Fatalf("Evict: item %d, %v, from %v", v, ok, m.queue)
	}
	if !ok {
		return
	}
	at := slices.Index(m.queue, v)
	if at < 0 {
		d.t.Fatalf("Evict: item %d, of %v", v, m.queue)
	}
	m.queue = slices.Delete(m.queue, at, at+1)
	d.s.Settle(Dropped)
	m.settle(Dropped)
}

func (d *trial) accept() {
	v := d.item()
	d.want("Enter", d.s.AcceptInline(), !d.m.closed)
	if !d.m.closed {
		d.m.accepted++
		d.m.inline = append(d.m.inline, v)
	}
}

// leaveInline settles an item counted by AcceptInline, or gives it to the workers.
func (d *trial) leaveInline(arg int) {
	m := d.m
	if len(m.inline) == 0 {
		return
	}
	v := m.inline[0]
	m.inline = m.inline[1:]
	if arg&1 == 0 {
		d.s.Settle(Cancelled)
		m.settle(Cancelled)
		return
	}
	d.s.Return(v, 0)
	m.comeBack(v)
}

func (d *trial) resize(n int) {
	d.s.Resize(n)
	if !d.m.halted {
		d.m.size = max(n, 1)
	}
}

// wait calls Wait, or gives up the oldest such call.
func (d *trial) wait(arg int) {
	if arg&1 == 0 || len(d.waits) == 0 {
		d.waits = append(d.waits, d.await(d.s.Wait))
		return
	}
	w := d.waits[0]
	d.waits = d.waits[1:]
	close(w.done)
	synctest.Wait()
	if !w.returned || w.answer {
		d.t.Fatalf("Wait that was given up: returned %v, %v", w.returned, w.answer)
	}
}

func (d *trial) join() { d.joins = append(d.joins, d.await(d.s.Join)) }

func (d *trial) await(wait func(<-chan struct{}) bool) *awaited {
	w := &awaited{done: make(chan struct{})}
	go func() {
		w.answer = wait(w.done)
		w.returned = true
	}()
	return w
}

// abandon ends the patience of one who waits for room.
func (d *trial) abandon(which int) {
	m := d.m
	if len(m.blocked) == 0 {
		return
	}
	at := which % len(m.blocked)
	c := m.blocked[at]
	m.blocked = slices.Delete(m.blocked, at, at+1)
	close(c.done)
	d.hasReturned(c, Abandoned)
}

func (d *trial) close() {
	d.s.Close()
	for _, c := range d.m.close() {
		d.hasReturned(c, Stopped)
	}
}

func (d *trial) halt() {
	if d.m.halted {
		return
	}
	before := len(d.discarded)
	want := d.m.inOrder()
	d.s.Halt()
	d.m.halt()
	synctest.Wait()
	got := slices.Clone(d.discarded[before:])
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		d.t.Fatalf("Halt discarded %v, want %v", got, want)
	}
}

// sleep gives the reaper time to let all but one of the idle workers go.
func (d *trial) sleep() {
	time.Sleep(4 * fuzzIdleTimeout)
	synctest.Wait()
	if alive, most := d.s.Alive(), len(d.m.running)+1; alive > most {
		d.t.Fatalf("%d workers alive after a long rest, want at most %d", alive, most)
	}
}

// ---- the comparison after each --------------------------------------------------

// step does something and compares all there is to see.
func (d *trial) step(do func()) {
	m := d.m
	size, alone := m.size, d.s.Alive() <= 1
	m.loose = m.loose || len(m.running) > m.size
	d.batch = false
	do()
	d.compare(alone && size == 1 && m.size == 1)
	m.loose = m.waiting() > 0 && (m.loose || len(m.running) > m.size)
}

// compare waits until all is still, has the model follow what started, in
// order where there is one worker, and compares the two.
func (d *trial) compare(ordered bool) {
	synctest.Wait()
	m := d.m
	d.mu.Lock()
	starts := d.starts
	d.starts = nil
	d.mu.Unlock()
	exact := ordered && len(m.blocked) == 0
	for first := true; ; first = false {
		for _, c := range m.admit(len(starts)) {
			d.hasReturned(c, Accepted)
		}
		if len(starts) == 0 {
			break
		}
		candidates := len(starts)
		if ordered {
			candidates = 1
		}
		youngest := (exact || ordered && first && !m.loose) && !d.batch
		at := slices.IndexFunc(starts[:candidates], func(v int) bool { return m.start(v, youngest) })
		if at < 0 {
			d.t.Fatalf("items %v started, of the queue %v, the overflow queues %v, the returned %v", starts, m.queue, m.overflows, m.requeue)
		}
		starts = slices.Delete(starts, at, at+1)
	}
	d.compareState()
	d.compareWaiters()
}

func (d *trial) compareState() {
	s, m := d.s, d.m
	if m.idle() > 0 && m.waiting() > 0 {
		d.t.Fatalf("%d items wait beside %d that could start", m.waiting(), m.idle())
	}
	if len(m.blocked) > 0 && m.room() > 0 {
		d.t.Fatalf("%d submitters wait beside room for %d", len(m.blocked), m.room())
	}
	d.want("Queued", s.Queued(), m.waiting())
	d.want("Active", s.Active(), len(m.running))
	d.want("Accepted", s.Accepted(), uint64(m.accepted))
	for o, n := range s.Settled() {
		d.want(fmt.Sprint("Settled ", o), n, uint64(m.settled[o]))
	}
	d.want("Workers", s.Workers(), m.size)
	d.want("Closed", s.Closed(), m.closed)
	if alive := s.Alive(); alive < len(m.running) || alive > max(m.size, len(m.running)) {
		d.t.Fatalf("%d workers alive, %d running, %d wanted", alive, len(m.running), m.size)
	}
	if m.permits >= 0 {
		d.mu.Lock()
		d.want("permits", d.permits, m.permits)
		d.mu.Unlock()
	}
	idle := s.idle.load()
	if s.throttle.wait.Load() == nil {
		d.want("searching", idle.searching(), 0)
	}
	if m.started && !m.halted && s.Alive() < m.size && idle.top() == 0 && s.throttle.wait.Load() == nil {
		d.t.Fatalf("%d workers alive of %d and none to be woken", s.Alive(), m.size)
	}
}

func (d *trial) compareWaiters() {
	m := d.m
	for _, c := range d.calls {
		if c.returned {
			d.t.Fatalf("a submission of which %v wait for room returned %d, status %d", c.items, c.n, c.status)
		}
	}
	if m.wasQuiet && m.pending() > 0 {
		d.waits = slices.DeleteFunc(d.waits, func(w *awaited) bool { return w.returned && w.answer })
	}
	m.wasQuiet = false
	d.waits = back(d.t, "Wait", d.waits, m.pending() == 0)
	d.joins = back(d.t, "Join", d.joins, m.halted && len(m.running) == 0)
}

// back fails the test unless all the calls are back, if they should be, or none is.
func back(t *testing.T, name string, calls []*awaited, should bool) []*awaited {
	t.Helper()
	for _, w := range calls {
		if w.returned != should || should && !w.answer {
			t.Fatalf("%s: returned %v, %v, want %v", name, w.returned, w.answer, should)
		}
	}
	if should {
		return nil
	}
	return calls
}

// end brings the scheduler to its end, gracefully or not, and looks at what is left.
func (d *trial) end(gracefully bool) {
	m := d.m
	d.step(func() {
		for len(m.inline) > 0 {
			d.leaveInline(0)
		}
		if m.permits >= 0 {
			d.grant(1 << 20)
		}
	})
	if gracefully && m.started && !m.halted {
		d.step(d.letAllGo)
		d.want("waiting at the end", m.waiting()+len(m.blocked), 0)
	}
	d.step(d.close)
	d.step(d.halt)
	d.step(d.letAllGo)
	d.step(d.join)
	d.want("joining at the end", len(d.joins), 0)
	d.want("pending at the end", m.pending(), 0)
	d.want("waiting for the end", len(d.waits), 0)
	check(d.t, d.s)
}

// release lets everything go where the trial failed: a bubble with goroutines left
// in it would end the process.
func (d *trial) release() {
	if !d.t.Failed() {
		return
	}
	d.t.Logf("at operation %d, %+v", d.at, *d.m)
	d.setFree(true)
	for _, end := range d.verdicts {
		close(end)
	}
	d.s.Close()
	d.s.Halt()
	for _, w := range append(d.waits, d.joins...) {
		close(w.done)
	}
}

func FuzzScheduler(f *testing.F) {
	const (
		unbounded = 0 << 2
		source    = 1 << 2
		paced     = 1 << 3
		late      = 1 << 4
		start     = 0x0f
		all       = 0x0e
		grant2    = 0x1d
	)
	// One worker, one ring of two: full, two blocked, who go in as items end in order.
	f.Add([]byte{0 | 2<<2, 0, 0, 0, 0, 0, 1, 1, 5, 5, 5, 5, 5})
	// A blocked submitter gives up; Close refuses the other, Halt discards what waits.
	f.Add([]byte{0 | 1<<2, 0, 0, 0, 1, 1, 0x1c, 0xef, 5, 0xff})
	// Nested items go past the bound; one of them has a child; Evict makes room.
	f.Add([]byte{0 | 1<<2, 0, 0, 0, 2, 2, 0x36, 7, 5, 5, 5, 5})
	// A child stays behind those in the overflow queue, though there is room; and of two workers,
	// only that whose overflow queue it is.
	f.Add([]byte{0 | 2<<2, 0, 0, 0, 0, 2, 2, 7, 0x36, 0, all})
	f.Add([]byte{1 | 2<<2, 1, 3 | 2<<4, 0, 0, 2, 2, 7, 0x36, 0, 7, 0x76, 0, 7, 0x36, 0, 0, all})
	// Items that panic, exit their goroutine and come back, on two workers.
	f.Add([]byte{1 | 3<<2, 0, 3 | 4<<4, 0x16, 0x26, 0x06, 5, all})
	// Four workers shrink to one under load, which hands an item back, and grow again.
	f.Add([]byte{3 | 4<<2, 3, 3 | 7<<4, 4 | 7<<4, 0x2a, 5, 5, 5, 5, 0x6a, all})
	// Before Start: full is full, what would wait is told so; Halt without Start.
	f.Add([]byte{0 | 1<<2, late, 0, 0, 1, 4 | 3<<4, 8, 0x19, start, all})
	f.Add([]byte{0 | 1<<2, late, 0, 2, 0xff})
	// A source gives the youngest first; items go past its bound and come back.
	f.Add([]byte{0 | 2<<2, source, 0, 0, 0, 2, 0x06, 1, 5, 5, 5, 5, all})
	// Permits: items wait beside idle workers until there are some.
	f.Add([]byte{2 | 3<<2, paced, 3 | 3<<4, grant2, 5, grant2, all, 0x1d})
	// A rest lets idle workers go; a Wait that is given up; one that is answered.
	f.Add([]byte{3 | unbounded, 0, 3 | 4<<4, all, 0x9f, 0x0b, 0, 0x0b, 0x1b, 0x0b, 5})
	// Items accepted by AcceptInline settle outside, or come back after Halt; Join waits.
	f.Add([]byte{1, 0, 8, 8, 8, 0, 0x09, 0x19, 0xcf, 0xff, 0x19, 5, 5})
	// Evict takes the last item while another waits for room: a Wait may return between.
	f.Add([]byte{0 | 1<<2, paced, 4 | 2<<4, 0x0b, 7})
	// A source that got an item back beyond its bound, and a submitter blocked on it.
	f.Add([]byte{1 | 4<<2, source, 0, 0, 0, 0, 0x2a, 0x43, 0, 0x25, 0, 1, 0x25, 0, 1, 0x25})
	// A source, and a batch larger than its bound, of which the first starts before the
	// others are there.
	f.Add([]byte("\x10\x04t1\x00\x00CCCt1"))
	// The last of a batch goes in when all before it have ended, and finds no permit: a
	// Wait may have returned between.
	f.Add([]byte(")(0--d+."))
	f.Fuzz(func(t *testing.T, script []byte) {
		if len(script) < 2 {
			return
		}
		made, ops := [2]byte(script), script[2:]
		ops = ops[:min(len(ops), 200)]
		synctest.Test(t, func(t *testing.T) {
			d := newTrial(t, made)
			defer d.release()
			for d.at = range ops {
				d.step(func() { d.do(ops[d.at]) })
			}
			d.end(made[1]&(1<<5) == 0)
		})
	})
}
