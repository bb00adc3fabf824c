package pool_test

import (
	"context"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/user/millrace/pool"
)

// Wait ran a member that called runtime.Goexit with the group's lock taken on the way
// out: all who came to the group later waited for ever.
func TestGoexitOfAMemberThatWaitRunsLocksNobodyOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := startPool(t, pool.Config{Workers: 1})
		_, err := p.SubmitWait(background, asTask(func(ctx context.Context) error {
			g := pool.NewGroup(p, pool.WithGroupContext(ctx))
			g.Go(func(context.Context) error { runtime.Goexit(); return nil })
			waited := make(chan bool)
			go func() {
				returned := false
				defer func() { waited <- returned }()
				_ = g.Wait()
				returned = true
			}()
			if <-waited {
				t.Error("Wait went on after its goroutine's end")
			}
			return g.Wait() // with the lock held it would hang
		}))
		wantErr(t, err, pool.ErrGoexit)
	})
}
