package pool_test

import (
	"context"
	"fmt"
	"sync/atomic"

	"github.com/user/millrace/pool"
)

// One function for many values: no closure is made for each.
func ExampleNewFunc() {
	ctx := context.Background()
	type point struct{ x, y int64 }
	var sum atomic.Int64
	p := pool.NewFunc(pool.Config{Workers: 4, QueueSize: 100}, func(_ context.Context, v point) error {
		sum.Add(v.x * v.y)
		return nil
	})
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(ctx)

	for i := range int64(10) {
		p.Submit(point{i, i})
	}
	err := p.Wait()
	fmt.Println(sum.Load(), err)
	// Output: 285 <nil>
}

// A batch costs less than its values one by one.
func ExampleFuncPool_SubmitBatch() {
	ctx := context.Background()
	p := pool.NewFunc(pool.Config{Workers: 1}, func(_ context.Context, word string) error {
		fmt.Println(word)
		return nil
	})
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(ctx)

	n, err := p.SubmitBatch([]string{"one", "two", "three"})
	if err != nil {
		fmt.Println(n, "accepted:", err)
	}
	p.Wait()
	// Output:
	// one
	// two
	// three
}
