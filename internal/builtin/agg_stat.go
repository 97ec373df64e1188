package builtin

import (
	"math"
	"strings"

	"github.com/plinth-dev/plinth/internal/builtin/transcend"
	"github.com/plinth-dev/plinth/internal/value"
)

// aggStat returns variance and standard deviation.
func aggStat() []*Agg {
	var out []*Agg
	for _, k := range []struct {
		name     string
		pop, dev bool
	}{
		{"variance", false, false}, {"var_samp", false, false}, {"var_pop", true, false},
		{"stddev", false, true}, {"stddev_samp", false, true}, {"stddev_pop", true, true},
	} {
		for _, t := range sig(tInt2, tInt4, tInt8, tNumeric) {
			out = append(out, &Agg{Name: k.name, Args: sig(t), Ret: tNumeric, New: func(*Call) AggState {
				return &statNum{sum: "0", squares: "0", pop: k.pop, dev: k.dev}
			}})
		}
		for _, t := range sig(tFloat4, tFloat8) {
			out = append(out, &Agg{Name: k.name, Args: sig(t), Ret: tFloat8, New: func(*Call) AggState {
				return &statFloat{pop: k.pop, dev: k.dev}
			}})
		}
	}
	return out
}

// statFloat runs the Youngs-Cramer sums, as float8_accum does.
type statFloat struct {
	n, sum, squares float64
	pop, dev        bool
}

func (s *statFloat) Step(a []value.Value) error {
	x := a[0].F
	s.n++
	s.sum += x
	if s.n > 1 {
		t := x*s.n - s.sum
		s.squares += t * t / (s.n * (s.n - 1))
	} else if math.IsNaN(x) || math.IsInf(x, 0) {
		s.squares = math.NaN()
	}
	return nil
}

func (s *statFloat) Final() (value.Value, error) {
	n := s.n
	if !s.pop {
		n--
	}
	if n <= 0 {
		return null, nil
	}
	v := s.squares / n
	if s.dev {
		v = math.Sqrt(v)
	}
	return value.Float(v), nil
}

// statNum keeps exact sums of numeric.
type statNum struct {
	n            int64
	sum, squares string
	pop, dev     bool
}

func (s *statNum) Step(a []value.Value) error {
	x := a[0].S
	if a[0].Tag == value.IsInt {
		x = value.NumFromInt(a[0].I)
	}
	s.n++
	var err error
	if s.sum, err = value.NumAdd(s.sum, x); err != nil {
		return err
	}
	sq, err := value.NumMul(x, x)
	if err != nil {
		return err
	}
	s.squares, err = value.NumAdd(s.squares, sq)
	return err
}

func (s *statNum) Final() (value.Value, error) {
	less := s.n
	if !s.pop {
		less--
	}
	if less <= 0 {
		return null, nil
	}
	// (n·Σx² - (Σx)²) / (n·less)
	n := value.NumFromInt(s.n)
	a, err1 := value.NumMul(n, s.squares)
	b, err2 := value.NumMul(s.sum, s.sum)
	d, err3 := value.NumMul(n, value.NumFromInt(less))
	if err := firstOf(err1, err2, err3); err != nil {
		return null, err
	}
	num, err := value.NumSub(a, b)
	if err != nil {
		return null, err
	}
	if value.NumSign(num) <= 0 && num != "NaN" {
		return value.Str("0"), nil
	}
	v, err := value.NumDiv(num, d)
	if err == nil && s.dev {
		_, fraction, _ := strings.Cut(v, ".") // the variance's scale is the deviation's too
		v = transcend.SqrtTo(v, len(fraction))
	}
	return strOr(v, err)
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
