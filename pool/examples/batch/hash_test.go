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
)

func noProgress(int) {}

// reading returns a hasher for which every file is what open returns.
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
		if err != nil || hex.EncodeToString(got[:]) != want {
			t.Errorf("sum of %.60q is %x, %v; want %s", content, got, err, want)
		}
	}
}

func TestSumDoesNotDependOnHowTheFileIsRead(t *testing.T) {
	dir := t.TempDir()
	total := 0
	h := newHasher(openFile, func(n int) { total += n })
	want := 0
	for _, size := range []int{0, 1, chunkSize - 1, chunkSize, chunkSize + 1, 3*chunkSize + 7} {
		content := bytes.Repeat([]byte("millrace"), size/8+1)[:size]
		path := filepath.Join(dir, "file")
		must(t, os.WriteFile(path, content, 0o644))
		got, err := h.sum(t.Context(), path)
		if err != nil || got != sha256.Sum256(content) {
			t.Errorf("of %d bytes: %x, %v", size, got, err)
		}
		want += size
	}
	if total != want || h.bytes.Load() != int64(want) {
		t.Errorf("%d bytes of progress, %d counted, want %d", total, h.bytes.Load(), want)
	}
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

func TestSumReturnsWhyAReadFailed(t *testing.T) {
	fault := errors.New("fault")
	reads := 0
	f := &faultyFile{Reader: strings.NewReader("content"), before: func() error {
		if reads++; reads == 2 {
			return &os.PathError{Op: "read", Path: "x", Err: fault}
		}
		return nil
	}}
	h := reading(func() (io.ReadCloser, error) { return f, nil })
	if _, err := h.sum(t.Context(), "x"); err != fault {
		t.Errorf("error is %v, want %v", err, fault)
	}
	if !f.closed {
		t.Error("left open")
	}
}

func TestSumOfWhatBecameSomethingElseIsAnError(t *testing.T) {
	dir := t.TempDir()
	h := newHasher(openFile, noProgress)
	if _, err := h.sum(t.Context(), dir); err == nil {
		t.Error("of a folder: no error")
	}
	if _, err := h.sum(t.Context(), filepath.Join(dir, "gone")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("of a file that is gone: %v", err)
	}
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
	if _, err := h.sum(ctx, "x"); err != errCut {
		t.Errorf("error is %v, want %v", err, errCut)
	}
	if reads != 3 || !f.closed {
		t.Errorf("%d reads, closed is %v; want 3 and true", reads, f.closed)
	}
}

// endless never ends.
type endless struct{}

func (endless) Read(p []byte) (int, error) { return len(p), nil }
