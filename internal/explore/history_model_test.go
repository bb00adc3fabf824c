//go:build model

package explore_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
)

// A bump is an addition of 1 and what it answered.
type bump struct{ answer int }

func bumps(n int, b bump) (int, bool) { return n + 1, b.answer == n+1 }

// Goal: a counter that is one step is linearizable, and one that answers what it loads
// afterwards is not, nor is one that adds in vain.
func TestHistoryTellsWhatIsLinearizable(t *testing.T) {
	for _, c := range []struct {
		name string
		bump func(n *atomics.Uint32) int
		says string
	}{
		{"one step", func(n *atomics.Uint32) int { return int(n.Add(1)) }, ""},
		{"answers late", func(n *atomics.Uint32) int { n.Add(1); return int(n.Load()) }, "no order explains"},
		{"loses one", func(n *atomics.Uint32) int { v := n.Load() + 1; n.Store(v); return int(v) }, "no order explains"},
	} {
		r := explore.Explore(explore.Config{Preemptions: explore.All}, func(x *explore.X) {
			var n atomics.Uint32
			h := explore.Record[bump](x)
			for range 2 {
				x.Go("bumper", func() {
					for range 2 {
						h.Do("bump", func() bump { return bump{c.bump(&n)} })
					}
				})
			}
			x.After(func() error { return explore.Linearizable(h, 0, bumps) })
		})
		if f := r.Failure; (f == nil) != (c.says == "") || f != nil && !strings.Contains(f.Message, c.says) {
			t.Errorf("%s: %v, %+v", c.name, r, f)
		}
	}
}

// Goal: of two calls one of which ended before the other began, the second does not come
// first, and executions in which they overlap are told from those in which they do not.
func TestHistoryKeepsTheOrderOfCalls(t *testing.T) {
	orders := map[string]bool{}
	r := explore.Explore(explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		h := explore.Record[string](x)
		for _, name := range []string{"a", "b"} {
			x.Go(name, func() { h.Do(name, func() string { return name }) })
		}
		x.After(func() error {
			var can []string
			for _, first := range []string{"a", "b"} {
				if explore.Linearizable(h, "", func(s, c string) (string, bool) { return s + c, s != "" || c == first }) == nil {
					can = append(can, first)
				}
			}
			orders[strings.Join(can, "")] = true
			return nil
		})
	})
	assert.Nil(t, r.Failure, "%v, %v", r, orders)
	assert.Equal(t, 3, r.Traces, "%v, %v", r, orders)
	assert.Equal(t, "map[a:true ab:true b:true]", fmt.Sprint(orders), "%v, %v", r, orders)
}
