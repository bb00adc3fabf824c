//go:build model

package threads

import "github.com/user/millrace/internal/threads"

// Gosched pauses: the explorer runs another goroutine first.
func Gosched() { threads.Pause() }
