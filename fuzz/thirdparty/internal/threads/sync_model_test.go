//go:build model

package threads_test

import (
	"errors"
	"testing"

	sync "github.com/user/millrace/fuzz/thirdparty/internal/threads"
	"github.com/user/millrace/internal/atomics"
	"github.com/user/millrace/internal/explore"
)

func TestMutexExcludes(t *testing.T) {
	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		var mu sync.Mutex
		var n atomics.Int64
		for range 3 {
			x.Go("g", func() {
				mu.Lock()
				defer mu.Unlock()
				n.Store(n.Load() + 1)
			})
		}
		x.After(func() error {
			if n.Load() != 3 {
				return errors.New("two were inside")
			}
			return nil
		})
	})
}

func TestOnceReturnsAfterTheFirst(t *testing.T) {
	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		var once sync.Once
		var n atomics.Int64
		for range 2 {
			x.Go("g", func() {
				once.Do(func() { n.Add(1) })
				if n.Load() != 1 {
					x.Fail("Do returned with %d runs", n.Load())
				}
			})
		}
	})
}

func TestWaitGroupWaits(t *testing.T) {
	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		var all sync.WaitGroup
		var n atomics.Int64
		all.Add(2)
		for range 2 {
			x.Go("g", func() {
				n.Add(1)
				all.Done()
			})
		}
		x.Go("waiter", func() {
			all.Wait()
			if n.Load() != 2 {
				x.Fail("Wait returned after %d of 2", n.Load())
			}
		})
	})
}

func TestPoolGivesEachOnce(t *testing.T) {
	explore.Run(t, explore.Config{Preemptions: explore.All}, func(x *explore.X) {
		p := sync.Pool{New: func() any { return nil }}
		p.Put(1)
		var got atomics.Int64
		for range 2 {
			x.Go("g", func() {
				if p.Get() != nil {
					got.Add(1)
				}
			})
		}
		x.After(func() error {
			if got.Load() != 1 {
				return errors.New("not once")
			}
			return nil
		})
	})
}
