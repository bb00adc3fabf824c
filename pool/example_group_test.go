package pool_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/user/millrace/pool"
)

// Every member runs, and Wait returns the error of each that failed.
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

// A member that finds no room is run without the pool.
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

// Each member writes its result to a variable of its own. After one failed, the others
// that have not started never run.
func ExampleNewGroup() {
	p := started(pool.Config{Workers: 1})
	defer p.Stop(context.Background())

	sources := []string{"A", "B", "C"}
	data := make([]string, len(sources))
	g := pool.NewGroup(p)
	for i, source := range sources {
		g.Go(func(context.Context) error {
			if source == "B" {
				return errors.New("B is unreachable")
			}
			data[i] = "data of " + source
			return nil
		})
	}

	// Wait for all, return first error
	err := g.Wait()
	fmt.Println(err)
	fmt.Printf("%q\n", data)
	// Output:
	// B is unreachable
	// ["data of A" "" ""]
}

// A group that belongs to a request ends with it.
func ExampleWithGroupContext() {
	p := started(pool.Config{Workers: 2})
	defer p.Stop(context.Background())

	request, cancel := context.WithTimeout(context.Background(), time.Millisecond)
	defer cancel()
	g := pool.NewGroup(p, pool.WithGroupContext(request))
	for range 5 {
		g.Go(func(ctx context.Context) error {
			<-ctx.Done() // a fetch that takes too long
			return ctx.Err()
		})
	}
	fmt.Println(errors.Is(g.Wait(), context.DeadlineExceeded))
	// Output: true
}
