//go:build !race

package pool_test

import (
	"context"
	"testing"

	"github.com/user/millrace/pool"
)

func TestAllocsOfAValue(t *testing.T) {
	p := startFunc(t, pool.Config{Workers: 2, QueueSize: 1024}, func(context.Context, [4]int) error { return nil })
	batch := make([][4]int, 100)
	for _, c := range []struct {
		name string
		want float64
		f    func() error
	}{
		{"Submit", 0, func() error { return p.Submit([4]int{1}) }},
		{"TrySubmit", 0, func() error { _ = p.TrySubmit([4]int{1}); return nil }},
		{"SubmitContextBackground", 0, func() error { return p.SubmitContext(background, [4]int{1}) }},
		{"SubmitBatch", 0, func() error { _, err := p.SubmitBatch(batch); return err }},
		{"SubmitWait", 2, func() error { return p.SubmitWait(background, [4]int{1}) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var err error
			n := testing.AllocsPerRun(rounds(5_000), func() {
				if e := c.f(); e != nil {
					err = e
				}
			})
			must(t, err)
			if n > c.want {
				t.Errorf("%v allocations, want at most %v", n, c.want)
			}
		})
	}
}
