package report

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"
)

// nbsp is the space between a number and its unit, which does not break a line.
const nbsp = "\u00a0"

// figure writes a value with three digits and a unit that keeps it short. The heading says
// what it is per, such as op.
func figure(v float64, unit string) string {
	switch dimension(unit) {
	case "ns":
		return scaled(v, 1000, "ns", "µs", "ms", "s")
	case "B":
		return scaled(v, 1024, "B", "KiB", "MiB", "GiB", "TiB")
	}
	return digits(v)
}

// dimension returns the dimension of a unit such as cpu-ns/op: ns, B or "".
func dimension(unit string) string {
	for _, word := range strings.FieldsFunc(unit, func(r rune) bool { return !unicode.IsLetter(r) }) {
		if word == "ns" || word == "B" {
			return word
		}
	}
	return ""
}

// scaled writes a value in the largest unit in which it is at least one.
func scaled(v, step float64, units ...string) string {
	i := 0
	for ; i < len(units)-1 && math.Abs(v) >= step*0.9995; i++ {
		v /= step
	}
	return digits(v) + nbsp + units[i]
}

// digits writes a value with three digits.
func digits(v float64) string {
	switch a := math.Abs(v); {
	case v == 0:
		return "0"
	case a >= 1e6 || a < 0.001:
		return strconv.FormatFloat(v, 'g', 3, 64)
	case a >= 99.95:
		return fmt.Sprintf("%.0f", v)
	case a >= 9.995:
		return fmt.Sprintf("%.1f", v)
	case a >= 0.1:
		return fmt.Sprintf("%.2f", v)
	}
	return fmt.Sprintf("%.4f", v)
}

// value writes the middle of an estimate, or its interval if that is wide.
func value(e Estimate, unit string) string {
	if e.wide() {
		return figure(e.Lo, unit) + " to " + figure(e.Hi, unit)
	}
	return figure(e.Mid, unit)
}

// percent writes the difference of a ratio from one, or the ratio itself if it is at least
// two or close to zero.
func percent(ratio float64) string {
	switch p := 100 * (ratio - 1); {
	case ratio >= 2 || ratio < 0.02:
		return "×" + nbsp + digits(ratio)
	case math.Abs(p) < 0.05:
		return "0" + nbsp + "%"
	case math.Abs(p) < 9.95:
		return sign(p) + fmt.Sprintf("%.1f", math.Abs(p)) + nbsp + "%"
	default:
		return sign(p) + fmt.Sprintf("%.0f", math.Abs(p)) + nbsp + "%"
	}
}

func sign(p float64) string {
	if p < 0 {
		return "−"
	}
	return "+"
}

// between writes the interval of a ratio, with both ends in the same form.
func between(e Estimate) string {
	lo, hi := percent(e.Lo), percent(e.Hi)
	if strings.HasPrefix(lo, "×") != strings.HasPrefix(hi, "×") {
		return "×" + nbsp + digits(e.Lo) + nbsp + "to" + nbsp + digits(e.Hi)
	}
	if short, ok := strings.CutSuffix(lo, nbsp+"%"); ok && strings.HasSuffix(hi, "%") {
		lo = short
	}
	return lo + nbsp + "to" + nbsp + hi
}

// String writes the ratio, or the reason why there is none.
func (j Comparison) String() string {
	switch j.Verdict {
	case Less, More:
		if j.Ratio.wide() {
			return between(j.Ratio)
		}
		return percent(j.Ratio.Mid)
	case Same:
		return "no difference"
	case Noisy:
		return "too noisy"
	case TooFew:
		return "too few runs"
	}
	return "–"
}

// Detail adds the interval to String, unless String is the interval.
func (j Comparison) Detail() string {
	s, interval := j.String(), between(j.Ratio)
	if !j.Ratio.Bounded || s == interval {
		return s
	}
	return s + " (" + interval + ")"
}

// counted writes a number and a noun.
func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
