package pool

import (
	"context"
	"runtime"
	"testing"
)

// Goal: an item gives back what was made an item of, of each kind, and keeps it
// alive meanwhile.
func TestItemKeepsWhatItIsMadeOf(t *testing.T) {
	const n = 100
	var items []item
	ran := make([]int, 0, 3*n)
	tickets := map[*ticket]bool{}
	for i := range n {
		note := func() { ran = append(ran, i) } // a closure, which only the item keeps
		tk := new(ticket)
		tickets[tk] = true
		items = append(items,
			ticketItem(tk),
			errFuncItem(func(context.Context) error { note(); return nil }),
			taskFuncItem(func(context.Context) (interface{}, error) { note(); return nil, nil }),
			funcTaskItem(&funcTask{fn: func(context.Context) (interface{}, error) { note(); return nil, nil }}),
		)
	}
	runtime.GC()
	for i, it := range items {
		if got := int(it.kind()); got != i%kinds {
			t.Fatalf("item %d is of kind %d", i, got)
		}
		if tk := it.ticket(); tk != nil {
			if !tickets[tk] {
				t.Fatalf("item %d holds another ticket", i)
			}
			continue
		}
		if _, err := it.task().Execute(context.Background()); err != nil {
			t.Fatal(err)
		}
		if f := it.funcTask(); (f != nil) != (it.kind() == isFuncTask) {
			t.Errorf("item %d of kind %d: funcTask is %v", i, it.kind(), f)
		}
	}
	for i, of := range ran {
		if of != i/3 {
			t.Fatalf("run %d was of function %d", i, of)
		}
	}
	if len(ran) != 3*n {
		t.Errorf("%d functions ran", len(ran))
	}
}
