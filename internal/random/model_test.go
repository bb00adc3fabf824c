//go:build model

package random_test

import (
	"slices"
	"testing"

	"github.com/user/millrace/internal/hook/hooktest"
	"github.com/user/millrace/internal/random"
)

func TestExplorerMakesEveryDraw(t *testing.T) {
	s := random.NewSource(1)
	rec := hooktest.Recorder{Chosen: 4}
	rec.Record(t)
	if got := s.IntN(7); got != 4 {
		t.Errorf("IntN is %d, the explorer chose 4", got)
	}
	if got := random.StackHash(9); got != 4 {
		t.Errorf("StackHash is %d, the explorer chose 4", got)
	}
	want := []hooktest.Call{{Method: "Choose", N: 7}, {Method: "Choose", N: 9}}
	if !slices.Equal(rec.Calls, want) {
		t.Errorf("the explorer was asked %+v, want %+v", rec.Calls, want)
	}
}
