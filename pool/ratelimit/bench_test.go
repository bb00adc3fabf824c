package ratelimit_test

import (
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/user/millrace/internal/cacheline"
	"github.com/user/millrace/pool/ratelimit"
)

// A paddedWord has a cache line of its own.
type paddedWord struct {
	_ cacheline.Pad
	atomic.Int64
	_ cacheline.Pad
}

// BenchmarkLimiterAllow measures a call of Allow, granted and refused, on one goroutine
// and on GOMAXPROCS that share a Limiter. Most of it is the clock, which impl=clock
// measures alone. impl=cas is a clock reading and one compare-and-swap, the least for a
// limiter that counts in a shared word. It shows nothing about waiting.
func BenchmarkLimiterAllow(b *testing.B) {
	b.Run("impl=clock/answer=none", func(b *testing.B) {
		begin := time.Now()
		for b.Loop() {
			_ = time.Since(begin)
		}
	})
	b.Run("impl=cas/answer=none", func(b *testing.B) {
		begin, word := time.Now(), new(paddedWord)
		for b.Loop() {
			now := int64(time.Since(begin))
			old := word.Load()
			word.CompareAndSwap(old, max(old, now)+1)
		}
	})
	for _, test := range []struct {
		answer string
		rate   float64
	}{
		{"granted", 1e12},
		{"refused", 1e-9},
	} {
		l, err := ratelimit.New(test.rate, max(1, int(test.rate/1e3)))
		if err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("impl=millrace/answer=%s/goroutines=one", test.answer), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				l.Allow()
			}
		})
		b.Run(fmt.Sprintf("impl=millrace/answer=%s/goroutines=procs", test.answer), func(b *testing.B) {
			b.ReportAllocs()
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					l.Allow()
				}
			})
		})
	}
}
