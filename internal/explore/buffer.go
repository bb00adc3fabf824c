//go:build model

package explore

import (
	"unsafe"

	"github.com/user/millrace/internal/hook"
)

// A lateStore is a release store that others do not see yet.
type lateStore struct {
	word  hook.Word
	addr  unsafe.Pointer
	val   any
	store func()
	pcs   []uintptr // where, if the execution is traced
}

func (h hooks) StoreLater(word hook.Word, addr unsafe.Pointer, val any, store func()) {
	e := h.e
	if !e.live || !e.buffers {
		h.StepWord(hook.Store, word, addr)
		defer h.Stepped()
		store()
		return
	}
	t := e.running
	if e.aborting || t == nil {
		panic(unwound{})
	}
	s := lateStore{word: word, addr: addr, val: val, store: store}
	if e.traced {
		s.pcs = callers()
	}
	t.stores = append(t.stores, s)
	if t.buffer == nil {
		if t.buffer = e.add(e.unique(t.name+"'s stores"), func() { e.letSee(t) }); t.buffer != nil {
			t.buffer.of = t
		}
	}
}

func (h hooks) Buffered(addr unsafe.Pointer) (val any, ok bool) {
	if t := h.e.running; h.e.live && t != nil {
		for i := range t.stores {
			if s := &t.stores[len(t.stores)-1-i]; s.addr == addr {
				return s.val, true
			}
		}
	}
	return nil, false
}

// letSee is a buffer of t: it lets others see its stores, one a step, in order.
func (e *execution) letSee(t *thread) {
	for {
		t.stores[0].store()
		t.stores = t.stores[1:]
		e.take(op{kind: store}, matter{}) // loadStore says which
	}
}

// loadStore makes the first store that t is the buffer for its next step, and reports
// false if there is none.
func (e *execution) loadStore(t *thread) bool {
	stores := t.of.stores
	if len(stores) == 0 {
		return false
	}
	s := &stores[0]
	t.op = op{kind: store, word: s.word, obj: e.object(s.addr)}
	t.matter = matter{addr: s.addr, pcs: s.pcs}
	return true
}

// fence waits until others see all stores of the running thread.
func (e *execution) fence() {
	if t := e.running; t != nil && len(t.stores) > 0 {
		e.take(op{kind: fence, target: int32(t.id)}, matter{})
	}
}
