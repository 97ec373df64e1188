package decimal

import (
	"math/rand/v2"
	"strconv"
	"testing"
)

// The short way must agree with the long one.
func TestSmallAgreesWithBig(t *testing.T) {
	t.Parallel()
	rnd := rand.New(rand.NewPCG(1, 2))
	number := func() string {
		d := dec{coef: toDec(strconv.FormatInt(rnd.Int64N(1<<rnd.IntN(60)+1)-rnd.Int64N(1<<rnd.IntN(60)+1), 10)).coef, scale: rnd.IntN(19)}
		return d.String()
	}
	for range 20000 {
		a, b := number(), number()
		want, _ := sum(toDec(a), toDec(b))
		if got, ok := smallSum(a, b, 1); ok && got != want {
			t.Fatalf("%s + %s = %s, want %s", a, b, got, want)
		}
		want, _ = sum(toDec(a), toDec(b).neg())
		if got, ok := smallSum(a, b, -1); ok && got != want {
			t.Fatalf("%s - %s = %s, want %s", a, b, got, want)
		}
		if got, ok := smallCmp(a, b); ok && got != sign(toDec(a).cmp(toDec(b))) {
			t.Fatalf("cmp(%s, %s) = %d", a, b, got)
		}
	}
}

func TestDivisionScale(t *testing.T) {
	t.Parallel()
	for _, c := range [][3]string{
		{"1", "3", "0.33333333333333333333"},
		{"10", "4", "2.5000000000000000"},
		{"1", "10000", "0.000100000000000000000000"},
		{"2.50", "0.5", "5.0000000000000000"},
	} {
		if got, err := Div(c[0], c[1]); err != nil || got != c[2] {
			t.Errorf("%s / %s = %s (%v), want %s", c[0], c[1], got, err, c[2])
		}
	}
}
