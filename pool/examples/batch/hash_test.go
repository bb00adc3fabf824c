package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func noProgress(int) {}

// reading returns a hasher that reads each file from open.
func reading(open func() (io.ReadCloser, error)) *hasher {
	return newHasher(func(string) (io.ReadCloser, error) { return open() }, noProgress)
}

func TestSumIsSHA256(t *testing.T) {
	// The examples of FIPS 180-4.
	for content, want := range map[string]string{
		"":    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
		"abc": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
		"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq": "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1",
		strings.Repeat("a", 1e6):                                   "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0",
	} {
		h := reading(func() (io.ReadCloser, error) { return io.NopCloser(strings.NewReader(content)), nil })
		got, err := h.sum(t.Context(), "x")
		if assert.NoError(t, err, "sum of %.60q is %x", content, got) {
			assert.Equal(t, want, hex.EncodeToString(got[:]), "sum of %.60q is %x", content, got)
		}
	}
}

func TestSumDoesNotDependOnTheFileSize(t *testing.T) {
	dir := t.TempDir()
	total := 0
	h := newHasher(openFile, func(n int) { total += n })
	want := 0
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 7} {
		content := bytes.Repeat([]byte("millrace"), size/8+1)[:size]
		path := filepath.Join(dir, "file")
		require.NoError(t, os.WriteFile(path, content, 0o644))
		got, err := h.sum(t.Context(), path)
		assert.NoError(t, err, "of %d bytes", size)
		assert.Equal(t, sha256.Sum256(content), got, "of %d bytes", size)
		want += size
	}
	assert.Equal(t, want, total)
	assert.Equal(t, int64(want), h.bytes.Load())
}

// A faultyFile calls before at each read and returns its error if there is one.
type faultyFile struct {
	io.Reader
	before func() error
	closed bool
}

func (f *faultyFile) Close() error { f.closed = true; return nil }

func (f *faultyFile) Read(p []byte) (int, error) {
	if err := f.before(); err != nil {
		return 0, err
	}
	return f.Reader.Read(p)
}

func TestSumReturnsTheErrorOfARead(t *testing.T) {
	fault := errors.New("fault")
	reads := 0
	f := &faultyFile{Reader: strings.NewReader("content"), before: func() error {
		if reads++; reads == 2 {
			return &os.PathError{Op: "read", Path: "x", Err: fault}
		}
		return nil
	}}
	h := reading(func() (io.ReadCloser, error) { return f, nil })
	_, err := h.sum(t.Context(), "x")
	assert.Same(t, fault, err)
	assert.True(t, f.closed, "left open")
}

func TestSumOfAFolderOrMissingFileIsAnError(t *testing.T) {
	dir := t.TempDir()
	h := newHasher(openFile, noProgress)
	_, err := h.sum(t.Context(), dir)
	assert.Error(t, err, "of a folder: no error")
	_, err = h.sum(t.Context(), filepath.Join(dir, "gone"))
	assert.ErrorIs(t, err, os.ErrNotExist, "of a file that is gone")
}

func TestSumStopsBetweenChunks(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	reads := 0
	f := &faultyFile{Reader: endless{}, before: func() error {
		if reads++; reads == 3 {
			cancel()
		}
		return nil
	}}
	h := reading(func() (io.ReadCloser, error) { return f, nil })
	_, err := h.sum(ctx, "x")
	assert.Same(t, errCut, err)
	assert.Equal(t, 3, reads)
	assert.True(t, f.closed)
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
