package pool

import (
	"context"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// Goal: an item returns what it was made from, for each kind, and keeps it alive
// meanwhile.
func TestItemKeepsItsTaskAlive(t *testing.T) {
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
		require.Equal(t, i%kinds, int(it.kind()), "kind of item %d", i)
		if tk := it.ticket(); tk != nil {
			require.True(t, tickets[tk], "item %d holds another ticket", i)
			continue
		}
		_, err := it.task().Execute(context.Background())
		require.NoError(t, err)
		if f := it.funcTask(); (f != nil) != (it.kind() == isFuncTask) {
			t.Errorf("item %d of kind %d: funcTask is %v", i, it.kind(), f)
		}
	}
	for i, of := range ran {
		require.Equal(t, i/3, of, "run %d was of function %d", i, of)
	}
	assert.Len(t, ran, 3*n, "functions ran")
}
