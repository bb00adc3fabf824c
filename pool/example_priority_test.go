package pool_test

import (
	"context"
	"fmt"

	"github.com/user/millrace/pool"
)

// say returns a task that prints its name.
func say(name string, opts ...pool.TaskOption) pool.Task {
	return pool.NewTask(func(context.Context) (interface{}, error) {
		fmt.Println(name)
		return nil, nil
	}, opts...)
}

// Tasks with a larger priority run first, those with the same in their order.
func ExampleWithPriority() {
	p := pool.New(pool.Config{Workers: 1}, pool.WithPriority())
	p.Submit(say("background", pool.WithTaskPriority(1)))
	p.Submit(say("normal", pool.WithTaskPriority(5)))
	p.Submit(say("normal too", pool.WithTaskPriority(5)))
	p.Submit(say("urgent", pool.WithTaskPriority(10)))

	ctx := context.Background()
	p.Start(ctx)
	fmt.Println(p.Stop(ctx))
	// Output:
	// urgent
	// normal
	// normal too
	// background
	// <nil>
}

// With aging a task that has waited long comes before newer ones of larger
// priority: here two of them make up for one level.
func ExampleWithPriorityAging() {
	p := pool.New(pool.Config{Workers: 1}, pool.WithPriorityAging(2))
	p.Submit(say("background", pool.WithTaskPriority(1)))
	for i := range 6 {
		p.Submit(say(fmt.Sprint("normal ", i+1), pool.WithTaskPriority(3)))
	}

	ctx := context.Background()
	p.Start(ctx)
	fmt.Println(p.Stop(ctx))
	// Output:
	// normal 1
	// normal 2
	// normal 3
	// background
	// normal 4
	// normal 5
	// normal 6
	// <nil>
}
