package builtin

import (
	"math/big"

	"github.com/plinth-dev/plinth/internal/value"
)

// aggSum returns sum and avg.
func aggSum() []*Agg {
	return []*Agg{
		{Name: "sum", Args: sig(tInt2), Ret: tInt8, New: newSumInt},
		{Name: "sum", Args: sig(tInt4), Ret: tInt8, New: newSumInt},
		{Name: "sum", Args: sig(tInt8), Ret: tNumeric, New: newSumBig},
		{Name: "sum", Args: sig(tFloat4), Ret: tFloat4, New: newSumFloat(tFloat4)},
		{Name: "sum", Args: sig(tFloat8), Ret: tFloat8, New: newSumFloat(tFloat8)},
		{Name: "sum", Args: sig(tNumeric), Ret: tNumeric, New: newSumNum},
		{Name: "sum", Args: sig(tInterval), Ret: tInterval, New: newSumSpan},
		{Name: "avg", Args: sig(tInt2), Ret: tNumeric, New: newAvgBig},
		{Name: "avg", Args: sig(tInt4), Ret: tNumeric, New: newAvgBig},
		{Name: "avg", Args: sig(tInt8), Ret: tNumeric, New: newAvgBig},
		{Name: "avg", Args: sig(tFloat4), Ret: tFloat8, New: newAvgFloat},
		{Name: "avg", Args: sig(tFloat8), Ret: tFloat8, New: newAvgFloat},
		{Name: "avg", Args: sig(tNumeric), Ret: tNumeric, New: newAvgNum},
		{Name: "avg", Args: sig(tInterval), Ret: tInterval, New: newAvgSpan},
	}
}

// sumInt adds integers; bigint sums leave int64 through big.
type sumInt struct {
	n    int64
	acc  int64
	over *big.Int // what left acc
	ret  byte     // 'i' int8, 'n' numeric, 'a' average
}

func newSumInt(*Call) AggState { return &sumInt{ret: 'i'} }

func newSumBig(*Call) AggState { return &sumInt{ret: 'n'} }

func newAvgBig(*Call) AggState { return &sumInt{ret: 'a'} }

func (s *sumInt) Step(a []value.Value) error {
	s.n++
	z := s.acc + a[0].I
	if (z > s.acc) == (a[0].I > 0) {
		s.acc = z
		return nil
	}
	if s.ret == 'i' {
		return value.OutOfRange(tInt8)
	}
	if s.over == nil {
		s.over = new(big.Int)
	}
	s.over.Add(s.over, big.NewInt(s.acc))
	s.acc = a[0].I
	return nil
}

func (s *sumInt) Final() (value.Value, error) {
	if s.n == 0 {
		return null, nil
	}
	if s.ret == 'i' {
		return value.Int(s.acc), nil
	}
	total := value.NumFromInt(s.acc)
	if s.over != nil {
		total = new(big.Int).Add(s.over, big.NewInt(s.acc)).String()
	}
	if s.ret == 'n' {
		return value.Str(total), nil
	}
	return strOr(value.NumDiv(total, value.NumFromInt(s.n)))
}

type sumFloat struct {
	n   int64
	acc float64
	ret *value.Type
	avg bool
}

func newSumFloat(t *value.Type) func(*Call) AggState {
	return func(*Call) AggState { return &sumFloat{ret: t} }
}

func newAvgFloat(*Call) AggState { return &sumFloat{ret: tFloat8, avg: true} }

func (s *sumFloat) Step(a []value.Value) error {
	s.n++
	z, err := addFloats(s.acc, a[0].F)
	if err != nil {
		return err
	}
	v, err := value.CheckFloat(s.ret, z)
	s.acc = v.F
	return err
}

func (s *sumFloat) Final() (value.Value, error) {
	switch {
	case s.n == 0:
		return null, nil
	case s.avg:
		return value.Float(s.acc / float64(s.n)), nil
	}
	return value.Float(s.acc), nil
}

type sumNum struct {
	n   int64
	acc string
	avg bool
}

func newSumNum(*Call) AggState { return &sumNum{acc: "0"} }

func newAvgNum(*Call) AggState { return &sumNum{acc: "0", avg: true} }

func (s *sumNum) Step(a []value.Value) (err error) {
	s.n++
	s.acc, err = value.NumAdd(s.acc, a[0].S)
	return err
}

func (s *sumNum) Final() (value.Value, error) {
	switch {
	case s.n == 0:
		return null, nil
	case s.avg:
		return strOr(value.NumDiv(s.acc, value.NumFromInt(s.n)))
	}
	return value.Str(s.acc), nil
}

type sumSpan struct {
	n   int64
	acc value.Value
	avg bool
}

func newSumSpan(*Call) AggState { return &sumSpan{acc: value.Span(0, 0, 0)} }

func newAvgSpan(*Call) AggState { return &sumSpan{acc: value.Span(0, 0, 0), avg: true} }

func (s *sumSpan) Step(a []value.Value) (err error) {
	s.n++
	s.acc, err = value.IntervalAdd(s.acc, a[0])
	return err
}

func (s *sumSpan) Final() (value.Value, error) {
	switch {
	case s.n == 0:
		return null, nil
	case s.avg:
		return value.IntervalDiv(s.acc, float64(s.n))
	}
	return s.acc, nil
}
