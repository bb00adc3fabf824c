package pool

import (
	"encoding/binary"
	"flag"
	"fmt"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"github.com/user/millrace/internal/invariant"
)

// A bucketModel is what a Limiter should do, in exact fractions and with a list
// for a memory.
type bucketModel struct {
	rate  *big.Rat // tokens a nanosecond
	burst int64
	level *big.Rat // tokens; below 0 while more are reserved

	// What was taken since the limits last changed and the bucket was last full,
	// and not given back.
	taken []*modelClaim

	// How many tokens fewer than level the Limiter may have: it rounds down.
	slack *big.Rat
}

type modelClaim struct{ n int64 }

func newBucketModel(rate float64, burst int) *bucketModel {
	m := &bucketModel{burst: int64(burst), level: new(big.Rat).SetInt64(int64(burst)), slack: new(big.Rat)}
	m.setRate(rate)
	return m
}

func (m *bucketModel) setRate(rate float64) {
	m.rate = new(big.Rat).SetFloat64(min(rate, fastest))
	m.rate.Quo(m.rate, big.NewRat(nanosecond, 1))
	m.taken = nil
}

func (m *bucketModel) setBurst(burst int) {
	m.burst = int64(burst)
	m.taken = nil
	m.advance(0)
}

func (m *bucketModel) advance(d time.Duration) {
	gain := new(big.Rat).SetInt64(int64(d))
	m.level.Add(m.level, gain.Mul(gain, m.rate))
	if full := new(big.Rat).SetInt64(m.burst); m.level.Cmp(full) > 0 {
		m.level = full
	}
}

// lacks returns how many tokens are missing for n.
func (m *bucketModel) lacks(n int) *big.Rat {
	lack := new(big.Rat).SetInt64(int64(n))
	return lack.Sub(lack, m.level)
}

// delay returns after how many ns n tokens are there, lack being missing.
func (m *bucketModel) delay(lack *big.Rat) *big.Rat {
	return new(big.Rat).Quo(lack, m.rate)
}

func (m *bucketModel) take(n int) *modelClaim {
	c := &modelClaim{int64(n)}
	m.level.Sub(m.level, new(big.Rat).SetInt64(c.n))
	m.taken = append(m.taken, c)
	return c
}

func (m *bucketModel) giveBack(c *modelClaim) {
	if last := len(m.taken) - 1; last >= 0 && m.taken[last] == c {
		m.taken = m.taken[:last]
		m.level.Add(m.level, new(big.Rat).SetInt64(c.n))
		m.advance(0)
	}
}

// A limiterPair drives a Limiter and its model in a bubble of synctest.
type limiterPair struct {
	t     *testing.T
	l     *Limiter
	m     *bucketModel
	begin time.Time
	last  time.Time
	held  []heldClaim
	log   []string
}

type heldClaim struct {
	r *Reservation
	m *modelClaim
}

func newLimiterPair(t *testing.T, rate float64, burst int) *limiterPair {
	l, err := NewLimiter(rate, burst)
	if err != nil {
		t.Fatalf("NewLimiter(%v, %d): %v", rate, burst, err)
	}
	now := time.Now()
	p := &limiterPair{t: t, l: l, m: newBucketModel(rate, burst), begin: now, last: now}
	p.logf("New(%v, %d)", rate, burst)
	p.roundUnit()
	return p
}

func (p *limiterPair) logf(format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf(format, args...))
}

func (p *limiterPair) failf(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s\nafter %v", fmt.Sprintf(format, args...), p.log)
}

// roundUnit allows for what a new state of the Limiter rounds: the clock by a
// unit, and the level.
func (p *limiterPair) roundUnit() {
	unit := new(big.Rat).SetFrac(big.NewInt(1), new(big.Int).Lsh(big.NewInt(1), p.l.state.Load().shift))
	p.m.slack.Add(p.m.slack, unit.Mul(unit, big.NewRat(2, 1)))
}

// sleep lets time pass. A part in 1<<32 may be lost where a unit is far longer
// than a nanosecond, one in 1<<61 else.
func (p *limiterPair) sleep(d time.Duration) {
	p.logf("Sleep(%v)", d)
	time.Sleep(d)
	p.m.advance(d)

	g := p.l.state.Load()
	lost := new(big.Rat).SetFrac(big.NewInt(int64(d)), new(big.Int).Lsh(big.NewInt(1), g.scale+g.shift))
	p.m.slack.Add(p.m.slack, lost)
}

// agrees checks that a claim of n was answered as the model, lacking so many
// tokens, would do, give or take the slack: lack ≤ 0, or too late.
func (p *limiterPair) mayRefuse(lack *big.Rat) bool {
	return new(big.Rat).Add(lack, p.m.slack).Sign() > 0
}

func (p *limiterPair) allow(n int) {
	got := p.l.AllowN(n)
	p.logf("AllowN(%d)=%v", n, got)
	lack := p.m.lacks(n)
	switch {
	case n < 1:
		if !got {
			p.failf("AllowN(%d) is false", n)
		}
	case int64(n) > p.m.burst:
		if got {
			p.failf("AllowN(%d) is true, above the burst of %d", n, p.m.burst)
		}
	case got && lack.Sign() > 0:
		p.failf("AllowN(%d) is true, the model lacks %s tokens", n, lack.FloatString(20))
	case !got && !p.mayRefuse(lack):
		p.failf("AllowN(%d) is false, the model has %s tokens, and may have %s too many",
			n, p.m.level.FloatString(20), p.m.slack.FloatString(20))
	case got:
		p.m.take(n)
	}
}

func (p *limiterPair) reserve(n int) {
	r := p.l.ReserveN(n)
	p.logf("ReserveN(%d)=%v,%v", n, r.OK(), r.Delay())
	if n < 1 {
		if !r.OK() || r.Delay() != 0 {
			p.failf("ReserveN(%d): %v, %v", n, r.OK(), r.Delay())
		}
		return
	}
	lack := p.m.lacks(n)
	delay := p.m.delay(lack)
	longest := p.m.delay(new(big.Rat).Add(lack, p.m.slack))
	if !r.OK() {
		// Years ahead, or 1<<58 tokens.
		far := longest.Cmp(big.NewRat(int64(5*365*24*time.Hour), 1)) > 0 || lack.Cmp(big.NewRat(1<<58, 1)) > 0
		if int64(n) <= p.m.burst && !far {
			p.failf("ReserveN(%d) is refused, the model waits %s ns", n, delay.FloatString(3))
		}
		return
	}
	got := new(big.Rat).SetInt64(int64(r.Delay()))
	if int64(n) > p.m.burst {
		p.failf("ReserveN(%d) is OK, above the burst of %d", n, p.m.burst)
	}
	if got.Cmp(delay) < 0 {
		p.failf("ReserveN(%d): delay %v, the model's is %s ns", n, r.Delay(), delay.FloatString(3))
	}
	if got.Cmp(longest.Add(longest, big.NewRat(1, 1))) >= 0 && got.Sign() > 0 {
		p.failf("ReserveN(%d): delay %v, the model's is %s ns, at most %s", n, r.Delay(), delay.FloatString(3), longest.FloatString(3))
	}
	p.held = append(p.held, heldClaim{r, p.m.take(n)})
}

func (p *limiterPair) cancel(i int) {
	if len(p.held) == 0 {
		return
	}
	h := p.held[i%len(p.held)]
	p.logf("Cancel(%d)", i%len(p.held))
	h.r.Cancel()
	p.m.giveBack(h.m)
	if h.r.OK() || h.r.Delay() != never {
		p.failf("after Cancel OK is %v, Delay %v", h.r.OK(), h.r.Delay())
	}
}

func (p *limiterPair) setLimit(rate float64) {
	p.logf("SetLimit(%v)", rate)
	if err := p.l.SetLimit(rate); err != nil {
		p.failf("SetLimit: %v", err)
	}
	p.m.setRate(rate)
	p.roundUnit()
}

func (p *limiterPair) setBurst(burst int) {
	p.logf("SetBurst(%v)", burst)
	if err := p.l.SetBurst(burst); err != nil {
		p.failf("SetBurst: %v", err)
	}
	p.m.setBurst(burst)
	p.roundUnit()
}

// check compares the tokens there are.
func (p *limiterPair) check() {
	if math.Abs(p.l.Tokens()) > 1<<50 {
		return // a float64 is too coarse
	}
	got, most := new(big.Rat).SetFloat64(p.l.Tokens()), p.m.level
	least := new(big.Rat).Sub(most, p.m.slack)
	if got.Cmp(most) > 0 {
		// Rounded to a float64.
		got.Sub(got, new(big.Rat).SetFloat64(math.Abs(p.l.Tokens())*0x1p-52))
	}
	least.Sub(least, new(big.Rat).SetFloat64(math.Abs(p.l.Tokens())*0x1p-52))
	if got.Cmp(most) > 0 || got.Cmp(least) < 0 {
		p.failf("%s tokens, the model has %s, and may have %s too many",
			got.FloatString(20), most.FloatString(20), p.m.slack.FloatString(20))
	}
}

// The rates and bursts that operations choose from.
var (
	modelRates  = []float64{0.1, 1e-3, 1, 3, 7.5, 10, 100, 333.3, 1e6, 7e6, 3e8, 7e8, 1e9, 2e9, 1e10, 1e12, 1e15}
	modelBursts = []int{1, 1, 2, 3, 10, 100, 1000, 1 << 20, math.MaxInt32}
)

// maxModelOps bounds a sequence: the fractions grow with each.
const maxModelOps = 200

// runLimiterOps decodes bytes into operations on a Limiter and its model, three
// bytes for each, and compares after each.
func runLimiterOps(t *testing.T, ops []byte) {
	if len(ops) < 3 {
		return
	}
	synctest.Test(t, func(t *testing.T) {
		p := newLimiterPair(t, modelRates[int(ops[0])%len(modelRates)], modelBursts[int(ops[1])%len(modelBursts)])
		ops = ops[2:]
		for range maxModelOps {
			if len(ops) < 3 {
				break
			}
			p.step(ops[0], int(binary.LittleEndian.Uint16(ops[1:])))
			p.check()
			ops = ops[3:]
		}
	})
}

func (p *limiterPair) step(op byte, arg int) {
	burst := p.l.Burst()
	// Mostly small numbers, sometimes about as many as the burst.
	n := arg%5 - 1
	if arg%7 == 0 {
		n = burst - burst/(arg%11+2) + arg%3
	}
	switch op % 16 {
	case 0, 1, 2, 3:
		p.allow(n)
	case 4, 5, 6:
		p.reserve(n)
	case 7:
		p.cancel(arg)
	case 8:
		p.cancel(len(p.held) - 1)
	case 9:
		p.sleep(time.Duration(arg))
	case 10: // about a token
		p.sleep(time.Duration(min(float64(arg)/0x8000*1e9/p.l.Limit(), 1e15)))
	case 11: // about a full bucket
		p.sleep(time.Duration(min(float64(arg)/0x8000*1e9/p.l.Limit()*float64(burst), 1e15)))
	case 12: // exactly when the last reservation is good
		if len(p.held) > 0 {
			if d := p.held[len(p.held)-1].r.Delay(); d < 1e15 {
				p.sleep(max(d-time.Duration(arg%2), 0))
			}
		}
	case 13:
		p.sleep(time.Duration(arg) * time.Hour / 8)
	case 14:
		p.setLimit(modelRates[arg%len(modelRates)])
	case 15:
		p.setBurst(modelBursts[arg%len(modelBursts)])
	}
}

var limiterSeed = flag.Uint64("limiter.seed", 0, "replay TestLimiterDoesAsTheModel with this seed only")

// Goal: a Limiter never lets through more than an exact bucket would, and less
// only by what its units round.
// Method: random operations on both, in virtual time.
func TestLimiterDoesAsTheModel(t *testing.T) {
	rounds := 300
	if testing.Short() || invariant.Enabled {
		rounds = 50
	}
	first := rand.Uint64()
	if *limiterSeed != 0 {
		first, rounds = *limiterSeed, 1
	}
	for i := range rounds {
		seed := first + uint64(i)
		r := rand.New(rand.NewPCG(seed, 0))
		ops := make([]byte, 2+3*r.IntN(maxModelOps))
		for i := range ops {
			ops[i] = byte(r.Uint32())
		}
		if !t.Run("", func(t *testing.T) { runLimiterOps(t, ops) }) {
			t.Fatalf("replay with -limiter.seed=%d", seed)
		}
	}
}

// FuzzLimiter compares sequences of operations with the model.
func FuzzLimiter(f *testing.F) {
	f.Fuzz(runLimiterOps)
}
