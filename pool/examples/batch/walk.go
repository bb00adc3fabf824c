package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
)

// A file is a file to hash.
type file struct {
	path string
	size int64 // when it was found
}

// A fileError is the error of reading a file or a folder.
type fileError struct {
	path string
	err  error
}

func (e fileError) Error() string { return fmt.Sprintf("%s: %v", e.path, e.err) }

// A listing holds what was found below some folders.
type listing struct {
	files    []file // sorted by path
	errs     []fileError
	dirLinks int  // links to folders, which are not followed
	special  int  // devices, sockets and pipes
	cut      bool // the search was interrupted

	// seen holds the counted paths, because one given folder may contain another.
	seen map[string]bool
}

func (l *listing) bytes() int64 {
	var total int64
	for _, f := range l.files {
		total += f.size
	}
	return total
}

// list finds the files below the roots, which may be files themselves. It leaves out
// the file that except describes, and ends early when ctx does.
func list(ctx context.Context, roots []string, except os.FileInfo) *listing {
	l := &listing{seen: make(map[string]bool)}
	for _, root := range roots {
		l.walk(ctx, root, except)
	}
	slices.SortFunc(l.files, func(a, b file) int { return cmp.Compare(a.path, b.path) })
	return l
}

func (l *listing) walk(ctx context.Context, root string, except os.FileInfo) {
	root = filepath.Clean(root)
	if info, err := os.Stat(root); err == nil && info.IsDir() {
		root += string(filepath.Separator) // follows a link, which was asked for by name
	}
	_ = filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			l.cut = true
			return filepath.SkipAll
		case err == nil && entry.IsDir():
		case l.known(path):
		case err != nil:
			l.fail(path, err)
		default:
			l.add(path, entry, except)
		}
		return nil
	})
}

// known reports whether path was seen before, and marks it as seen.
func (l *listing) known(path string) bool {
	before := l.seen[path]
	l.seen[path] = true
	return before
}

// add records an entry that is not a folder.
func (l *listing) add(path string, entry fs.DirEntry, except os.FileInfo) {
	isLink := entry.Type()&fs.ModeSymlink != 0
	if !isLink && !entry.Type().IsRegular() {
		l.special++
		return
	}
	info, err := os.Stat(path)
	switch {
	case err != nil && isLink:
		target, _ := os.Readlink(path)
		l.fail(path, fmt.Errorf("link to %s: %w", target, reason(err)))
	case err != nil:
		l.fail(path, err)
	case info.IsDir():
		l.dirLinks++
	case !info.Mode().IsRegular():
		l.special++
	case except != nil && os.SameFile(info, except):
	default:
		l.files = append(l.files, file{path, info.Size()})
	}
}

func (l *listing) fail(path string, err error) {
	l.errs = append(l.errs, fileError{filepath.Clean(path), reason(err)})
}

// reason returns err without the operation and the path, which the report has.
func reason(err error) error {
	var pathErr *fs.PathError
	if errors.As(err, &pathErr) {
		return pathErr.Err
	}
	return err
}
