//go:build model

package random_test

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/hook/hooktest"
	"github.com/user/millrace/internal/random"
)

func TestExplorerMakesEveryDraw(t *testing.T) {
	s := random.NewSource(1)
	rec := hooktest.Recorder{Chosen: 4}
	rec.Record(t)
	assert.Equal(t, 4, s.IntN(7), "IntN, the explorer chose 4")
	assert.Equal(t, 4, random.StackHash(9), "StackHash, the explorer chose 4")
	want := []hooktest.Call{{Method: "Choose", N: 7}, {Method: "Choose", N: 9}}
	if !slices.Equal(rec.Calls, want) {
		t.Errorf("the explorer was asked %+v, want %+v", rec.Calls, want)
	}
}
