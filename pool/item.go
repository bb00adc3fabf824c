package pool

import "unsafe"

// An item is an element of the queue: a ticket, or a task that needs no record.
//
// It is one word. Each kind is a pointer, as a function is, to an object of at least a
// word. So the low bits of the address are free to hold the kind, and the pointer still
// lies in its object and keeps it alive. A Task is an interface of two words and would
// need a queue slot of 24 bytes instead of 16. Moving slots between cores is the largest
// cost of a task: a no-op task was measured at 52–63 ns instead of 32–38. Only this file
// knows the bits.
type item struct{ word unsafe.Pointer }

// The kinds of items.
const (
	isTicket   = iota // *ticket
	isErrFunc         // errFunc
	isTaskFunc        // TaskFunc
	isFuncTask        // *funcTask
	kinds
)

// An object of a pointer's size is aligned to that size, which leaves room for
// all kinds below the next object.
const _ = uint(unsafe.Sizeof(uintptr(0)) - kinds)

func (i item) kind() uintptr { return uintptr(i.word) % kinds }

// pointer returns the word of an item of the given kind as it was before.
func (i item) pointer(kind int) unsafe.Pointer { return unsafe.Add(i.word, -kind) }

func ticketItem(t *ticket) item     { return item{unsafe.Pointer(t)} }
func funcTaskItem(t *funcTask) item { return item{unsafe.Add(unsafe.Pointer(t), isFuncTask)} }

func errFuncItem(fn errFunc) item {
	return item{unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&fn)), isErrFunc)}
}

func taskFuncItem(fn TaskFunc) item {
	return item{unsafe.Add(*(*unsafe.Pointer)(unsafe.Pointer(&fn)), isTaskFunc)}
}

// ticket returns the ticket, or nil if the item is a task.
func (i item) ticket() *ticket {
	if i.kind() != isTicket {
		return nil
	}
	return (*ticket)(i.word)
}

// funcTask returns the task, or nil if the item is none of NewTask's.
func (i item) funcTask() *funcTask {
	if i.kind() != isFuncTask {
		return nil
	}
	return (*funcTask)(i.pointer(isFuncTask))
}

// task returns the task of an item that is no ticket.
func (i item) task() Task {
	switch i.kind() {
	case isErrFunc:
		return i.errFunc()
	case isTaskFunc:
		return i.taskFunc()
	}
	return i.funcTask()
}

func (i item) errFunc() errFunc {
	p := i.pointer(isErrFunc)
	return *(*errFunc)(unsafe.Pointer(&p))
}

func (i item) taskFunc() TaskFunc {
	p := i.pointer(isTaskFunc)
	return *(*TaskFunc)(unsafe.Pointer(&p))
}

// recordlessItems puts the items of tasks into dst, for as long as there is room and they need
// no record, and returns how many.
func (p *WorkerPool) recordlessItems(dst []item, tasks []Task) int {
	for n, task := range tasks[:min(len(dst), len(tasks))] {
		i, ok := p.recordlessItem(task)
		if !ok {
			return n
		}
		dst[n] = i
	}
	return min(len(dst), len(tasks))
}

// recordlessItem returns the item of a task that needs no record, or reports false.
func (p *WorkerPool) recordlessItem(task Task) (item, bool) {
	if p.mode < recordSampled {
		return item{}, false
	}
	if fn, ok := task.(TaskFunc); ok && fn != nil {
		return taskFuncItem(fn), true
	}
	if t, ok := task.(*funcTask); ok && t.fn != nil && t.cfg.recordless() {
		return funcTaskItem(t), true
	}
	return item{}, false
}
