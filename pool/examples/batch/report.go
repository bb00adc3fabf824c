package main

import (
	"bufio"
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"time"
)

// A ledger keeps the outcome of each file. It writes the sums in the order of the
// files, each as soon as all files before it have an outcome.
type ledger struct {
	files []file
	sums  *sums
	abort func() // called if the sums cannot be written

	mu       sync.Mutex
	out      *bufio.Writer
	outcomes []outcome
	next     int   // the first file not written
	failed   error // to write
	hashed   int
	errs     []fileError
}

// An outcome is a sum, unless there was none.
type outcome struct {
	sum   digest
	state state
}

type state uint8

const (
	left   state = iota // not done
	hashed              // has a sum
	failed              // could not be read
)

func newLedger(files []file, sums *sums, abort func()) *ledger {
	return &ledger{
		files:    files,
		sums:     sums,
		abort:    abort,
		out:      bufio.NewWriter(sums),
		outcomes: make([]outcome, len(files)),
	}
}

// done records the outcome of file i. It must be called at most once for each file,
// on any goroutine.
func (l *ledger) done(i int, sum digest, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if err != nil {
		l.outcomes[i].state = failed
		l.errs = append(l.errs, fileError{l.files[i].path, err})
	} else {
		l.outcomes[i] = outcome{sum, hashed}
		l.hashed++
	}
	if i != l.next {
		return
	}
	for ; l.next < len(l.files) && l.outcomes[l.next].state != left; l.next++ {
		l.write(l.next)
	}
	l.check(l.out.Flush())
}

// close writes the sums that follow files without outcome. It returns an error if
// not all sums could be written.
func (l *ledger) close() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := l.next; i < len(l.files); i++ {
		l.write(i)
	}
	l.check(l.out.Flush())
	l.check(l.sums.close())
	return l.failed
}

// write writes the line of file i if it has one. The caller holds mu.
func (l *ledger) write(i int) {
	if o := &l.outcomes[i]; o.state == hashed {
		_, err := l.out.WriteString(sumLine(o.sum, l.files[i].path))
		l.check(err)
	}
}

// check keeps the first write error and cancels the rest of the run.
func (l *ledger) check(err error) {
	if err != nil && l.failed == nil {
		l.failed = fmt.Errorf("cannot write the sums: %w", err)
		l.abort()
	}
}

// left returns how many files have no outcome, and the first of them.
func (l *ledger) left() (n int, first string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.outcomes {
		if l.outcomes[i].state == left {
			if n == 0 {
				first = l.files[i].path
			}
			n++
		}
	}
	return n, first
}

// lineEscapes are those of sha256sum, for names that would break the line.
var lineEscapes = strings.NewReplacer(`\`, `\\`, "\n", `\n`, "\r", `\r`)

// sumLine returns the line that sha256sum prints.
func sumLine(sum digest, path string) string {
	mark := ""
	if strings.ContainsAny(path, "\\\n\r") {
		mark, path = `\`, lineEscapes.Replace(path)
	}
	return mark + hex.EncodeToString(sum[:]) + "  " + path + "\n"
}

// A report is the outcome of a run.
type report struct {
	roots       []string
	files       *listing
	ledger      *ledger
	err         error // of the run as a whole
	interrupted bool
	took        time.Duration
	read        int64 // bytes
	engine      string
	workers     int
	note        string // of the engine
	hidden      bool   // the sums were discarded
}

// errs returns all errors, sorted by path.
func (r *report) errs() []fileError {
	errs := slices.Concat(r.files.errs, r.ledger.errs)
	slices.SortStableFunc(errs, func(a, b fileError) int { return cmp.Compare(a.path, b.path) })
	return errs
}

func (r *report) exit() int {
	switch {
	case r.interrupted:
		return exitInterrupted
	case r.err != nil || len(r.errs()) > 0:
		return exitErrors
	}
	return exitOK
}

func (r *report) write(w io.Writer) {
	if len(r.files.files) > 0 {
		r.writeSpeed(w)
	} else if len(r.files.errs) == 0 && !r.interrupted {
		fmt.Fprintf(w, "no files in %s\n", strings.Join(r.roots, ", "))
	}
	if l := r.files; l.dirLinks+l.special > 0 {
		fmt.Fprintf(w, "left out: %s, %s\n", count(l.dirLinks, "folder link"), count(l.special, "special file"))
	}
	if r.hidden && r.ledger.hashed > 0 {
		fmt.Fprintln(w, "the sums are not shown on a terminal: -sums - shows them, -sums FILE keeps them")
	}
	if errs := r.errs(); len(errs) > 0 {
		fmt.Fprintf(w, "%s:\n", count(len(errs), "error"))
		for _, err := range errs {
			fmt.Fprintf(w, "  %v\n", err)
		}
	}
	if r.interrupted {
		r.writeLeft(w)
	}
	if r.err != nil {
		complain(w, r.err)
	}
}

func (r *report) writeSpeed(w io.Writer) {
	seconds := max(r.took, time.Microsecond).Seconds()
	megabytes := float64(r.read) / 1e6
	fmt.Fprintf(w, "%s hashed, %.1f MB read in %v: %.0f files/s, %.0f MB/s (%s, %s)\n",
		count(r.ledger.hashed, "file"), megabytes, round(r.took),
		float64(r.ledger.hashed)/seconds, megabytes/seconds, r.engine, count(r.workers, "worker"))
	if r.note != "" {
		fmt.Fprintln(w, r.note)
	}
}

func (r *report) writeLeft(w io.Writer) {
	n, first := r.ledger.left()
	found := count(len(r.files.files), "file")
	if r.files.cut {
		found += " found so far"
	}
	fmt.Fprintf(w, "interrupted: %d of %s done, %d left", len(r.files.files)-n, found, n)
	if n > 0 {
		fmt.Fprintf(w, ", the first of them %s", first)
	}
	fmt.Fprintln(w)
}

// round drops digits that are not worth reading.
func round(d time.Duration) time.Duration {
	if d < 10*time.Millisecond {
		return d.Round(time.Microsecond)
	}
	return d.Round(time.Millisecond)
}

// count returns n and the noun, in the plural unless n is 1.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
