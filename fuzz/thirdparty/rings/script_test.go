package rings_test

import "math/rand/v2"

// script returns bytes for queuetest.Decode.
func script(seed uint64) []byte {
	rng := rand.New(rand.NewPCG(seed, 0))
	data := make([]byte, 1+rng.IntN(300))
	for i := range data {
		data[i] = byte(rng.Uint32())
	}
	return data
}
