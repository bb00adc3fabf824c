package life_test

import (
	"flag"
	"testing"
	"time"

	"github.com/user/millrace/fuzz/life"
)

var (
	first = flag.Uint64("life.seed", 1, "the seed of the first life")
	lives = flag.Int("life.lives", 200, "how many lives there are")
)

func TestLivesOfAllShapes(t *testing.T) {
	for i := range *lives {
		seed := *first + uint64(i)
		if r := life.Run(life.Seeded(seed), 40, 30*time.Second); r.Err != nil {
			t.Fatalf("-life.seed=%d: %s\n%v", seed, r.Shape, r.Err)
		}
	}
}

func FuzzLife(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("1 worker, a queue of 2, and all that follows from these bytes"))
	f.Fuzz(func(t *testing.T, script []byte) {
		if r := life.Run(life.Recorded(script), 10, 30*time.Second); r.Err != nil {
			t.Fatalf("%s\n%v", r.Shape, r.Err)
		}
	})
}
