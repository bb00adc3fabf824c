package pool_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/user/millrace/pool"
)

// Call a function for each element of a slice, which it may change.
func ExampleForEach() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 4})
	defer p.Stop(ctx)

	type account struct{ balance int }
	accounts := []*account{{10}, {20}, {30}}
	err := pool.ForEach(ctx, p, accounts, func(_ context.Context, a *account) error {
		a.balance *= 2
		return nil
	})
	fmt.Println(accounts[0].balance, accounts[1].balance, accounts[2].balance, err)
	// Output: 20 40 60 <nil>
}

// Process the rows of a matrix, one call each.
func ExampleFor() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 4})
	defer p.Stop(ctx)

	matrix := [][]int{{1, 2}, {3, 4}, {5, 6}}
	sums := make([]int, len(matrix))
	err := pool.For(ctx, p, len(matrix), func(_ context.Context, i int) error {
		for _, v := range matrix[i] {
			sums[i] += v
		}
		return nil
	}, pool.WithChunk(1))
	fmt.Println(sums, err)
	// Output: [3 7 11] <nil>
}

// The results are in the order of the input.
func ExampleMap() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 4})
	defer p.Stop(ctx)

	upper, err := pool.Map(ctx, p, []string{"a", "b", "c"}, func(_ context.Context, s string) (string, error) {
		return strings.ToUpper(s), nil
	})
	fmt.Println(upper, err)
	// Output: [A B C] <nil>
}

// All elements are tried. Those that failed have no result.
func ExampleMap_withAllErrors() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 4})
	defer p.Stop(ctx)

	roots, err := pool.Map(ctx, p, []int{4, -1, 9, -2}, func(_ context.Context, v int) (int, error) {
		for r := 0; r*r <= v; r++ {
			if r*r == v {
				return r, nil
			}
		}
		return 0, fmt.Errorf("%d has no root", v)
	}, pool.WithAllErrors())
	fmt.Println(roots)
	fmt.Println(err)
	// Output:
	// [2 0 3 0]
	// -1 has no root
	// -2 has no root
}

// Results come as soon as they are ready, and the loop may end early, even if the input
// never ends.
func ExampleStream() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 4})
	defer p.Stop(ctx)

	naturals := func(yield func(int) bool) {
		for i := 1; yield(i); i++ {
		}
	}
	square := func(_ context.Context, v int) (int, error) { return v * v, nil }
	for v, err := range pool.Stream(ctx, p, naturals, square, pool.WithOrder()) {
		if err != nil || v > 30 {
			break
		}
		fmt.Println(v)
	}
	// Output:
	// 1
	// 4
	// 9
	// 16
	// 25
}

func ExampleForEachSeq() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 4})
	defer p.Stop(ctx)

	lines := strings.SplitSeq("good\ngood\nbad\ngood", "\n")
	err := pool.ForEachSeq(ctx, p, lines, func(_ context.Context, line string) error {
		if line == "bad" {
			return errors.New("a bad line")
		}
		return nil
	})
	fmt.Println(err)
	// Output: a bad line
}

// Inside a task, with its context, the caller works too, so that one worker is
// enough for any depth.
func ExampleForEach_nested() {
	ctx := context.Background()
	p := started(pool.Config{Workers: 1})
	defer p.Stop(ctx)

	words := [][]string{{"a", "bc"}, {"def"}}
	lengths := make([][]int, len(words))
	err := pool.For(ctx, p, len(words), func(ctx context.Context, i int) (err error) {
		lengths[i], err = pool.Map(ctx, p, words[i], func(_ context.Context, w string) (int, error) { return len(w), nil })
		return err
	})
	fmt.Println(slices.Concat(lengths...), err)
	// Output: [1 2 3] <nil>
}
