package targets_test

// A script is bytes to be turned into decisions. Once it is used up, all are 0.
type script []byte

// roll returns a number from 0 up to, but not, n, which is 256 at most.
func (s *script) roll(n int) int {
	if len(*s) == 0 {
		return 0
	}
	b := (*s)[0]
	*s = (*s)[1:]
	return int(b) % n
}

// one returns one of the choices.
func one[T any](s *script, choices ...T) T { return choices[s.roll(len(choices))] }
