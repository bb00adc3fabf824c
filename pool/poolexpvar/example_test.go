package poolexpvar_test

import (
	"context"
	"expvar"
	"fmt"

	"github.com/user/millrace/pool"
	"github.com/user/millrace/pool/poolexpvar"
)

// A pool at /debug/vars.
func Example() {
	ctx := context.Background()
	p := pool.New(pool.Config{Workers: 4})
	if err := p.Start(ctx); err != nil {
		fmt.Println(err)
		return
	}
	defer p.Stop(ctx)
	if err := poolexpvar.Publish("thumbnails", p); err != nil {
		fmt.Println(err)
		return
	}
	defer poolexpvar.Unpublish("thumbnails")

	fmt.Println(expvar.Get("thumbnails").String()[:14])
	// Output: {"Workers":4,"
}
