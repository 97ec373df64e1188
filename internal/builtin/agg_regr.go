package builtin

import (
	"math"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// aggRegr returns the aggregates of two variables: f(y, x), over the pairs without NULL.
func aggRegr() []*Agg {
	out := []*Agg{{Name: "regr_count", Args: sig(tFloat8, tFloat8), Ret: tInt8, New: func(*Call) AggState { return &pairCount{} }}}
	for _, k := range []struct {
		name  string
		final func(s *pairs) (float64, bool)
	}{
		{"regr_avgx", func(s *pairs) (float64, bool) { return s.sx / s.n, true }},
		{"regr_avgy", func(s *pairs) (float64, bool) { return s.sy / s.n, true }},
		{"regr_sxx", func(s *pairs) (float64, bool) { return s.sxx, true }},
		{"regr_syy", func(s *pairs) (float64, bool) { return s.syy, true }},
		{"regr_sxy", func(s *pairs) (float64, bool) { return s.sxy, true }},
		{"covar_pop", func(s *pairs) (float64, bool) { return s.sxy / s.n, true }},
		{"covar_samp", func(s *pairs) (float64, bool) { return s.sxy / (s.n - 1), s.n > 1 }},
		{"corr", func(s *pairs) (float64, bool) { return s.sxy / math.Sqrt(s.sxx*s.syy), s.sxx != 0 && s.syy != 0 }},
		{"regr_r2", (*pairs).r2},
		{"regr_slope", func(s *pairs) (float64, bool) { return s.sxy / s.sxx, s.sxx != 0 }},
		{"regr_intercept", func(s *pairs) (float64, bool) { return (s.sy - s.sx*s.sxy/s.sxx) / s.n, s.sxx != 0 }},
	} {
		out = append(out, &Agg{Name: k.name, Args: sig(tFloat8, tFloat8), Ret: tFloat8, New: func(*Call) AggState { return &pairs{final: k.final} }})
	}
	return out
}

// pairs runs the Youngs-Cramer sums of two variables, as float8_regr_accum does.
type pairs struct {
	n, sx, sxx, sy, syy, sxy float64
	final                    func(s *pairs) (float64, bool)
}

func (s *pairs) Step(a []value.Value) error {
	if a[0].IsNull() || a[1].IsNull() {
		return nil
	}
	y, x := a[0].F, a[1].F
	had := *s
	s.n++
	s.sx += x
	s.sy += y
	if had.n == 0 {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			s.sxx, s.sxy = math.NaN(), math.NaN()
		}
		if math.IsNaN(y) || math.IsInf(y, 0) {
			s.syy, s.sxy = math.NaN(), math.NaN()
		}
		return nil
	}
	tx, ty, scale := x*s.n-s.sx, y*s.n-s.sy, 1/(s.n*had.n)
	s.sxx += tx * tx * scale
	s.syy += ty * ty * scale
	s.sxy += tx * ty * scale
	for _, v := range []float64{s.sx, s.sxx, s.sy, s.syy, s.sxy} {
		if math.IsInf(v, 0) {
			return s.overflow(&had, x, y)
		}
	}
	return nil
}

// overflow raises where finite numbers gave no finite sum.
func (s *pairs) overflow(had *pairs, x, y float64) error {
	infinite := func(a, b float64) bool { return math.IsInf(a, 0) || math.IsInf(b, 0) }
	wildX, wildY := infinite(had.sx, x), infinite(had.sy, y)
	over := func(v float64, wild bool) bool { return math.IsInf(v, 0) && !wild }
	if over(s.sx, wildX) || over(s.sxx, wildX) || over(s.sy, wildY) || over(s.syy, wildY) || over(s.sxy, wildX || wildY) {
		return fault.SQL("22003", "value out of range: overflow")
	}
	for _, v := range []*float64{&s.sxx, &s.syy, &s.sxy} {
		if math.IsInf(*v, 0) {
			*v = math.NaN()
		}
	}
	return nil
}

func (s *pairs) r2() (float64, bool) {
	switch {
	case s.sxx == 0:
		return 0, false
	case s.syy == 0:
		return 1, true // a level line fits exactly
	}
	return s.sxy * s.sxy / (s.sxx * s.syy), true
}

func (s *pairs) Final() (value.Value, error) {
	if s.n < 1 {
		return null, nil
	}
	v, ok := s.final(s)
	if !ok {
		return null, nil
	}
	return value.Float(v), nil
}

type pairCount struct{ n int64 }

func (s *pairCount) Step(a []value.Value) error {
	if !a[0].IsNull() && !a[1].IsNull() {
		s.n++
	}
	return nil
}

func (s *pairCount) Final() (value.Value, error) { return value.Int(s.n), nil }
