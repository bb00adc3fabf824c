package pool_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/user/millrace/pool"
)

// Every member runs, and Wait tells of each that failed.
func ExampleWithAllErrors() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1})
	defer p.Stop(ctx)

	g := pool.NewGroup(p, pool.WithAllErrors())
	for _, host := range []string{"a", "b", "c"} {
		g.Go(func(context.Context) error {
			if host == "b" {
				return nil
			}
			return fmt.Errorf("%s: no answer", host)
		})
	}
	fmt.Println(g.Wait())
	// Output:
	// a: no answer
	// c: no answer
}

// What finds no room is done without the pool.
func ExampleGroup_TryGo() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1, QueueSize: 1})
	defer p.Stop(ctx)
	release := occupy(p)

	g := pool.NewGroup(p)
	for i := range 3 {
		work := func(context.Context) error { fmt.Println("part", i); return nil }
		if errors.Is(g.TryGo(work), pool.ErrQueueFull) {
			work(ctx)
		}
	}
	release()
	fmt.Println(g.Wait())
	// Output:
	// part 1
	// part 2
	// part 0
	// <nil>
}
