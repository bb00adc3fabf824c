package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"sync"
	"sync/atomic"
)

type digest = [sha256.Size]byte

// errCut is the error of a file given up in the middle.
var errCut = errors.New("given up in the middle")

// chunkSize is the number of bytes read between two checks of the context: a
// fraction of a millisecond of hashing.
const chunkSize = 256 << 10

// A hasher hashes files. Its methods may be called concurrently.
type hasher struct {
	open     func(path string) (io.ReadCloser, error)
	progress func(bytes int)
	bytes    atomic.Int64 // read so far
	buffers  sync.Pool    // of *[chunkSize]byte
}

func newHasher(open func(path string) (io.ReadCloser, error), progress func(bytes int)) *hasher {
	return &hasher{
		open:     open,
		progress: progress,
		buffers:  sync.Pool{New: func() any { return new([chunkSize]byte) }},
	}
}

func openFile(path string) (io.ReadCloser, error) { return os.Open(path) }

// sum returns the digest of a file. If ctx ends it returns errCut after the current
// chunk.
func (h *hasher) sum(ctx context.Context, path string) (d digest, err error) {
	f, err := h.open(path)
	if err != nil {
		return d, reason(err)
	}
	defer f.Close()

	buf := h.buffers.Get().(*[chunkSize]byte)
	defer h.buffers.Put(buf)
	sha := sha256.New()
	for {
		if ctx.Err() != nil {
			return d, errCut
		}
		n, err := f.Read(buf[:])
		sha.Write(buf[:n])
		h.bytes.Add(int64(n))
		h.progress(n)
		switch {
		case err == io.EOF:
			return digest(sha.Sum(nil)), nil
		case err != nil:
			return d, reason(err)
		}
	}
}
