//go:build model

package explore_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
	"github.com/user/millrace/internal/threads"
)

// Goal: a story names words, and says what became of them and where.
func TestStoryTellsWhatHappened(t *testing.T) {
	f, err := explore.Replay(explore.Config{}, "0", func(x *explore.X) {
		var s struct {
			words [2]atomics.Uint32
			top   atomics.Pointer[int]
			lock  threads.TryLock
			pair  struct{ first, second atomics.Bool }
		}
		x.Name("s", &s)
		x.Go("teller", func() {
			s.words[1].Store(7)
			s.top.Store(new(int))
			s.lock.TryLock()
			s.lock.TryLock()
			s.pair.first.Store(true)
			x.Fail("it is told")
		})
	})
	if err != nil || f.Message != "it is told" || f.Schedule != "0x6" {
		t.Fatalf("%v, %+v", err, f)
	}
	for i, want := range []string{"start", "store s.words[1]: 0 → 7", "store s.top: nil → &1", "try-lock s.lock", "try-lock s.lock: held", "store s.pair.first: false → true"} {
		line := strings.Split(f.Steps, "\n")[i]
		if !strings.Contains(line, want) || i > 0 && !strings.Contains(line, "replay_model_test.go:") {
			t.Errorf("step %d is told as %q, want %q and its place", i+1, line, want)
		}
	}
}

func TestScheduleThatIsNoneIsRefused(t *testing.T) {
	for _, schedule := range []string{"", "x", "1x", "1.", "c1x2", "-1", "p.q", "pos:", "pos:1", "pct4:1:2", ":1:2", "urw:1:", "urw:1:2,", "pct2:1:2:3"} {
		f, err := explore.Replay(explore.Config{}, schedule, lostUpdate)
		assert.Error(t, err, "%q: %+v", schedule, f)
	}
}
