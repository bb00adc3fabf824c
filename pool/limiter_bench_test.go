package pool_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/user/millrace/pool"
)

// BenchmarkLimiterAllow measures a call of Allow, granted and refused, on one
// goroutine and on GOMAXPROCS that share a Limiter. Most of it is the clock, which
// impl=clock measures alone. It shows nothing about waiting.
func BenchmarkLimiterAllow(b *testing.B) {
	b.Run("impl=clock/answer=none", func(b *testing.B) {
		begin := time.Now()
		for b.Loop() {
			_ = time.Since(begin)
		}
	})
	for _, test := range []struct {
		answer string
		rate   float64
	}{
		{"granted", 1e12},
		{"refused", 1e-9},
	} {
		l, err := pool.NewLimiter(test.rate, max(1, int(test.rate/1e3)))
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
