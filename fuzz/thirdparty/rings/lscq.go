//go:build amd64 || arm64

package rings

import (
	"unsafe"

	"github.com/bytedance/gopkg/collection/lscq"
)

func init() {
	all = append(all, Ring{
		Name:      "gopkg lscq PointerQueue",
		Module:    "github.com/bytedance/gopkg",
		New:       func(int) Queue { return pointers{lscq.NewPointer()} },
		Unbounded: true,
		Blind:     true,
	})
}

type pointers struct{ q *lscq.PointerQueue }

func (p pointers) TryPush(v Item) bool { return p.q.Enqueue(unsafe.Pointer(&v)) }

func (p pointers) TryPop() (v Item, ok bool) {
	ptr, ok := p.q.Dequeue()
	if ok {
		v = *(*Item)(ptr)
	}
	return v, ok
}
