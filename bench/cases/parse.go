package cases

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"sync"

	"github.com/user/millrace/bench/impls"
	"github.com/user/millrace/bench/measure"
)

var parse = Case{
	Name:  "json",
	Title: "Parsing of JSON documents",
	Method: "Each task parses one of 64 documents of some 2 kB, made from a fixed seed, into structs with encoding/json. It " +
		"allocates as services do, so the garbage collector runs at the same time.",
	Unit:  "ns/op",
	Sizes: grid(axis{procs, []int{1, 2, 4, 8}}, axis{"workers", []int{2, 8, 1000}}),
	Short: these("procs=2/workers=8"),
	Impls: pools(anyone, func(n int, r impls.Impl, p Params) (measure.Sample, error) {
		var ran measure.Counter
		documents := orders()
		task := func(i int) {
			var o order
			if json.Unmarshal(documents[i%len(documents)], &o) == nil && o.ID == i%len(documents) {
				ran.Inc()
			}
		}
		pool := r.New(impls.Config{Workers: p.Get("workers"), Queue: queue})
		cost := flood(n, 1, func(i int) { pool.Submit(task, i) }, pool.Close)
		return measure.Sample{Values: cost.Of(n)}, lost(ran.Sum(), n)
	}),
}

// An order is the content of a document.
type order struct {
	ID       int               `json:"id"`
	Customer string            `json:"customer"`
	Paid     bool              `json:"paid"`
	Lines    []orderLine       `json:"lines"`
	Notes    map[string]string `json:"notes"`
}

type orderLine struct {
	Article string  `json:"article"`
	Count   int     `json:"count"`
	Price   float64 `json:"price"`
}

// orders makes the documents, once in a process.
var orders = sync.OnceValue(func() [][]byte {
	random := rand.New(rand.NewPCG(1, 2))
	documents := make([][]byte, 64)
	for i := range documents {
		o := order{ID: i, Customer: fmt.Sprintf("customer %d", random.IntN(1e6)), Paid: i%2 == 0, Notes: map[string]string{}}
		for range 20 + random.IntN(20) {
			o.Lines = append(o.Lines, orderLine{fmt.Sprintf("article %d", random.IntN(1e6)), random.IntN(100), random.Float64() * 100})
		}
		for k := range 5 {
			o.Notes[fmt.Sprintf("note %d", k)] = fmt.Sprintf("%x", random.Uint64())
		}
		document, err := json.Marshal(o)
		if err != nil {
			panic(err) // strings and finite numbers
		}
		documents[i] = document
	}
	return documents
})
