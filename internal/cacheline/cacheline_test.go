package cacheline_test

import (
	"testing"
	"unsafe"

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
	if off := unsafe.Offsetof(s.first); off < cacheline.Size {
		t.Errorf("the first word lies %d bytes behind the start, want at least %d", off, cacheline.Size)
	}
	end := unsafe.Offsetof(s.first) + unsafe.Sizeof(s.first)
	if gap := unsafe.Offsetof(s.second) - end; gap < cacheline.Size {
		t.Errorf("the words lie %d bytes apart, want at least %d", gap, cacheline.Size)
	}
	end = unsafe.Offsetof(s.second) + unsafe.Sizeof(s.second)
	if gap := unsafe.Sizeof(s) - end; gap < cacheline.Size {
		t.Errorf("the second word lies %d bytes before the end, want at least %d", gap, cacheline.Size)
	}
}

func TestSizeIsTwoLinesOf64Bytes(t *testing.T) {
	if cacheline.Size != 128 || unsafe.Sizeof(cacheline.Pad{}) != 128 {
		t.Errorf("Size is %d, a Pad has %d bytes, want 128", cacheline.Size, unsafe.Sizeof(cacheline.Pad{}))
	}
}
