package cacheline_test

import (
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/cacheline"
)

func TestPadKeepsFieldsASizeApart(t *testing.T) {
	var s struct {
		_      cacheline.Pad
		first  uint64
		_      cacheline.Pad
		second uint64
		_      cacheline.Pad
	}
	size := uintptr(cacheline.Size)
	assert.GreaterOrEqual(t, unsafe.Offsetof(s.first), size, "from the start to the first word")
	end := unsafe.Offsetof(s.first) + unsafe.Sizeof(s.first)
	assert.GreaterOrEqual(t, unsafe.Offsetof(s.second)-end, size, "between the words")
	end = unsafe.Offsetof(s.second) + unsafe.Sizeof(s.second)
	assert.GreaterOrEqual(t, unsafe.Sizeof(s)-end, size, "from the second word to the end")
}

func TestSizeIsTwoLinesOf64Bytes(t *testing.T) {
	assert.Equal(t, 128, cacheline.Size)
	assert.Equal(t, uintptr(128), unsafe.Sizeof(cacheline.Pad{}))
}
