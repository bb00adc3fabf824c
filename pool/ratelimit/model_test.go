package ratelimit

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

	"github.com/stretchr/testify/require"
	"github.com/user/millrace/internal/invariant"
)

// A bucketModel is the specification of a Limiter, in exact fractions and with a list
// of claims.
type bucketModel struct {
	rate  *big.Rat // tokens a nanosecond
	burst int64
	level *big.Rat // tokens; below 0 while more are reserved

	// Claims since the limits last changed and the bucket was last full, without those
	// given back.
	taken []*modelClaim
}

type modelClaim struct{ n int64 }

func newBucketModel(burst int) *bucketModel {
	return &bucketModel{burst: int64(burst), level: new(big.Rat).SetInt64(int64(burst))}
}

// setRate changes the rate. A debt stays the same in time.
func (m *bucketModel) setRate(rate *big.Rat) {
	if m.rate != nil && m.level.Sign() < 0 {
		m.level.Mul(m.level, new(big.Rat).Quo(rate, m.rate))
	}
	m.rate = rate
	m.taken = nil
}

// forgive limits the debt.
func (m *bucketModel) forgive(debt *big.Rat) {
	if deepest := new(big.Rat).Neg(debt); m.level.Cmp(deepest) < 0 {
		m.level = deepest
	}
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

// delay returns in how many ns n tokens come, lack being missing.
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

// A limiterTest drives a Limiter and two models in a bubble of synctest. The Limiter
// must never grant more than the model most, which has the exact rate, nor less than
// least, whose interval is rounded up to units.
type limiterTest struct {
	t    *testing.T
	l    *Limiter
	most *bucketModel

	least *bucketModel
	slack *big.Rat // tokens that the Limiter may have less than least: what a change rounds

	state *gcra
	held  []heldClaim
	log   []string
}

type heldClaim struct {
	r           *Reservation
	most, least *modelClaim
}

func newLimiterTest(t *testing.T, rate float64, burst int) *limiterTest {
	l, err := New(rate, burst)
	require.NoError(t, err, "New(%v, %d)", rate, burst)
	p := &limiterTest{t: t, l: l, most: newBucketModel(burst), least: newBucketModel(burst), slack: new(big.Rat)}
	p.logf("New(%v, %d)", rate, burst)
	p.adopt(rate)
	return p
}

func (p *limiterTest) logf(format string, args ...any) {
	p.log = append(p.log, fmt.Sprintf(format, args...))
}

func (p *limiterTest) failf(format string, args ...any) {
	p.t.Helper()
	p.t.Fatalf("%s\nafter %v", fmt.Sprintf(format, args...), p.log)
}

// adopt sets the rates of the models to that of a new state of the Limiter. It allows
// for the rounding of the state: one unit, two more if the clock is rounded, and a
// nanosecond if there is a debt. A debt is kept in time, and so is its rounding.
func (p *limiterTest) adopt(rate float64) {
	exact := new(big.Rat).SetFloat64(min(max(rate, slowest), fastest))
	p.most.setRate(exact.Quo(exact, big.NewRat(second, 1)))

	g := p.l.state.Load()
	p.state = g
	unit := big.NewRat(1, g.interval)
	before := p.least.rate
	p.least.setRate(new(big.Rat).Mul(unit, new(big.Rat).SetFrac(
		new(big.Int).Lsh(big.NewInt(1), g.up), new(big.Int).Lsh(big.NewInt(1), g.down))))
	if owes := p.least.level.Sign() < 0; owes || p.least.level.Cmp(p.slack) < 0 {
		if before != nil && (owes || before.Cmp(p.least.rate) < 0) {
			p.slack.Mul(p.slack, new(big.Rat).Quo(p.least.rate, before))
		}
		p.slack.Add(p.slack, p.least.rate)
	}
	p.slack.Add(p.slack, unit)
	if g.down > 0 {
		p.slack.Add(p.slack, unit.Add(unit, unit))
	}
	p.most.forgive(big.NewRat(maxDebt, g.interval))
	p.least.forgive(big.NewRat(maxDebt, g.interval))

	// The interval is rounded up by very little.
	ratio, _ := new(big.Rat).Quo(p.most.rate, p.least.rate).Float64()
	if ratio < 1 || ratio > 1+4e-6 {
		p.failf("a rate of %v is kept as one that is less by a factor of %v", rate, ratio)
	}
}

// renewed checks whether the Limiter had to renew its state, as it does over time at
// high rates.
func (p *limiterTest) renewed() {
	if p.l.state.Load() != p.state {
		p.adopt(p.l.Limit())
	}
}

func (p *limiterTest) sleep(d time.Duration) {
	p.logf("Sleep(%v)", d)
	time.Sleep(d)
	p.most.advance(d)
	p.least.advance(d)
}

// leastLack returns how many tokens may at most be missing for n.
func (p *limiterTest) leastLack(n int) *big.Rat {
	lack := p.least.lacks(n)
	return lack.Add(lack, p.slack)
}

func (p *limiterTest) allow(n int) {
	got := p.l.AllowN(n)
	p.renewed()
	p.logf("AllowN(%d)=%v", n, got)
	lack := p.most.lacks(n)
	switch {
	case n < 1:
		if !got {
			p.failf("AllowN(%d) is false", n)
		}
	case int64(n) > p.most.burst:
		if got {
			p.failf("AllowN(%d) is true, above the burst of %d", n, p.most.burst)
		}
	case got && lack.Sign() > 0:
		p.failf("AllowN(%d) is true, the model lacks %s tokens", n, lack.FloatString(20))
	case !got && p.leastLack(n).Sign() <= 0:
		p.failf("AllowN(%d) is false, the model has %s tokens, of which %s may be lacking",
			n, p.least.level.FloatString(20), p.slack.FloatString(20))
	case got:
		p.most.take(n)
		p.least.take(n)
	}
}

func (p *limiterTest) reserve(n int) {
	r := p.l.ReserveN(n)
	p.renewed()
	p.logf("ReserveN(%d)=%v,%v", n, r.OK(), r.Delay())
	if n < 1 {
		if !r.OK() || r.Delay() != 0 {
			p.failf("ReserveN(%d): %v, %v", n, r.OK(), r.Delay())
		}
		return
	}
	lack := p.most.lacks(n)
	shortest, longest := p.most.delay(lack), p.least.delay(p.leastLack(n))
	if !r.OK() {
		// Years ahead, or 1<<38 tokens.
		far := longest.Cmp(big.NewRat(int64(5*365*24*time.Hour), 1)) > 0 || p.leastLack(n).Cmp(big.NewRat(1<<38, 1)) > 0
		if int64(n) <= p.most.burst && !far {
			p.failf("ReserveN(%d) is refused, the model waits %s ns", n, shortest.FloatString(3))
		}
		return
	}
	if int64(n) > p.most.burst {
		p.failf("ReserveN(%d) is OK, above the burst of %d", n, p.most.burst)
	}
	got := new(big.Rat).SetInt64(int64(r.Delay()))
	longest.Add(longest, new(big.Rat).SetInt64(1<<p.l.state.Load().down))
	if got.Cmp(shortest) < 0 || got.Sign() > 0 && got.Cmp(longest) >= 0 {
		p.failf("ReserveN(%d): delay %v, the models' are %s and %s ns",
			n, r.Delay(), shortest.FloatString(3), longest.FloatString(3))
	}
	p.held = append(p.held, heldClaim{r, p.most.take(n), p.least.take(n)})
}

func (p *limiterTest) cancel(i int) {
	if len(p.held) == 0 {
		return
	}
	i %= len(p.held)
	p.logf("Cancel(%d)", i)
	h := &p.held[i]
	h.r.Cancel()
	p.most.giveBack(h.most)
	p.least.giveBack(h.least)
	h.most, h.least = nil, nil // once
	if h.r.OK() || h.r.Delay() != never {
		p.failf("after Cancel OK is %v, Delay %v", h.r.OK(), h.r.Delay())
	}
}

func (p *limiterTest) setLimit(rate float64) {
	p.logf("SetLimit(%v)", rate)
	if err := p.l.SetLimit(rate); err != nil {
		p.failf("SetLimit: %v", err)
	}
	p.adopt(rate)
}

func (p *limiterTest) setBurst(burst int) {
	p.logf("SetBurst(%v)", burst)
	if err := p.l.SetBurst(burst); err != nil {
		p.failf("SetBurst: %v", err)
	}
	p.most.setBurst(burst)
	p.least.setBurst(burst)
	p.adopt(p.l.Limit()) // another burst may have other units
}

// check compares the numbers of tokens. They are rounded to a float64. If the clock is
// rounded, they may be a unit too many, which makes no whole token.
func (p *limiterTest) check() {
	tokens := p.l.Tokens()
	got, rounded := new(big.Rat).SetFloat64(tokens), new(big.Rat).SetFloat64(math.Abs(tokens)*0x1p-50)
	most := new(big.Rat).Set(p.most.level)
	if most.Sign() < 0 { // the same time, at a rate that is rounded down
		most.Mul(most, new(big.Rat).Quo(p.least.rate, p.most.rate))
	}
	most.Add(most, rounded)
	if g := p.l.state.Load(); g.down > 0 {
		most.Add(most, big.NewRat(1, g.interval))
	}
	least := new(big.Rat).Sub(p.least.level, rounded)
	least.Sub(least, p.slack)
	if got.Cmp(most) > 0 || got.Cmp(least) < 0 {
		p.failf("%v tokens, the models have %s and %s, of which %s may be lacking", tokens,
			p.most.level.FloatString(20), p.least.level.FloatString(20), p.slack.FloatString(20))
	}
}

// Rates and bursts to choose from.
var (
	modelRates  = []float64{0.1, 1e-3, 1, 3, 7.5, 10, 100, 333.3, 1e6, 7e6, 3e8, 7e8, 1e9, 2e9, 1e10, 1e12, 1e15, 1e-9, 1234.5}
	modelBursts = []int{1, 1, 2, 3, 10, 100, 1000, 1 << 20, math.MaxInt32, MaxBurst}
)

// maxModelOps bounds a sequence, because the fractions grow with each operation.
const maxModelOps = 200

// runLimiterOps decodes bytes into operations on a Limiter and its models, three bytes
// each, and compares after each.
func runLimiterOps(t *testing.T, ops []byte) {
	if len(ops) < 3 {
		return
	}
	synctest.Test(t, func(t *testing.T) {
		p := newLimiterTest(t, modelRates[int(ops[0])%len(modelRates)], modelBursts[int(ops[1])%len(modelBursts)])
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

func (p *limiterTest) step(op byte, arg int) {
	burst := p.l.Burst()
	// Mostly small numbers, sometimes close to the burst.
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

var limiterSeed = flag.Uint64("limiter.seed", 0, "replay TestLimiterMatchesTheModel with this seed only")

// Goal: a Limiter never lets through more than an exact bucket would, and less only by
// the rounding of its units. Method: random operations on both, in virtual time.
func TestLimiterMatchesTheModel(t *testing.T) {
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
		require.True(t, t.Run("", func(t *testing.T) { runLimiterOps(t, ops) }), "replay with -limiter.seed=%d", seed)
	}
}

// FuzzLimiter compares sequences of operations with the model.
func FuzzLimiter(f *testing.F) {
	f.Fuzz(runLimiterOps)
}
