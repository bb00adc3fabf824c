package main

import (
	"io"

	"github.com/cheggaaa/pb/v3"
)

// A bar shows how many of all bytes have been read. The zero bar shows nothing.
type bar struct{ shown *pb.ProgressBar }

const barTemplate = `{{percent . }} {{bar . }} {{counters . }} {{speed . }} {{rtime . "%s left"}}`

func newBar(w io.Writer, show bool, bytes int64) bar {
	if !show || bytes == 0 {
		return bar{}
	}
	shown := pb.New64(bytes).SetTemplateString(barTemplate).SetWriter(w)
	shown.Set(pb.Bytes, true).Set(pb.SIBytesPrefix, true)
	shown.Set(pb.Terminal, true).Set(pb.ReturnSymbol, "\r").Set(pb.CleanOnFinish, true)
	return bar{shown.Start()}
}

// add may be called by any goroutine. It costs one atomic addition.
func (b bar) add(bytes int) {
	if b.shown != nil {
		b.shown.Add(bytes)
	}
}

// finish wipes the bar.
func (b bar) finish() {
	if b.shown != nil {
		b.shown.Finish()
	}
}
