package builtin

import (
	"github.com/plinth-dev/plinth/internal/value"
)

// aggBasic returns the aggregates that keep or join their inputs.
func aggBasic() []*Agg {
	out := []*Agg{
		{Name: "count", Ret: tInt8, KeepNulls: true, New: newCount},
		{Name: "count", Args: sig(tAny), Ret: tInt8, New: newCount},
		{Name: "array_agg", Args: sig(tElem), Ret: tArray, KeepNulls: true, New: newArrayAgg},
		{Name: "bool_and", Args: sig(tBool), Ret: tBool, New: fold(func(x, y value.Value) value.Value { return value.Truth(x.True() && y.True()) })},
		{Name: "every", Args: sig(tBool), Ret: tBool, New: fold(func(x, y value.Value) value.Value { return value.Truth(x.True() && y.True()) })},
		{Name: "bool_or", Args: sig(tBool), Ret: tBool, New: fold(func(x, y value.Value) value.Value { return value.Truth(x.True() || y.True()) })},
		{Name: "any_value", Args: sig(tElem), Ret: tElem, New: fold(func(x, _ value.Value) value.Value { return x })},
	}
	for _, t := range sig(tText, tBytea) {
		out = append(out, &Agg{Name: "string_agg", Args: sig(t, t), Ret: t, KeepNulls: true, New: newStringAgg})
	}
	for _, t := range sig(tInt2, tInt4, tInt8) {
		out = append(out,
			&Agg{Name: "bit_and", Args: sig(t), Ret: t, New: fold(func(x, y value.Value) value.Value { return value.Int(x.I & y.I) })},
			&Agg{Name: "bit_or", Args: sig(t), Ret: t, New: fold(func(x, y value.Value) value.Value { return value.Int(x.I | y.I) })},
			&Agg{Name: "bit_xor", Args: sig(t), Ret: t, New: fold(func(x, y value.Value) value.Value { return value.Int(x.I ^ y.I) })})
	}
	for _, t := range sig(tInt2, tInt4, tInt8, tFloat4, tFloat8, tNumeric, tText, tBpchar, tCitext, tDate, tTime, tTimetz, tStamp,
		tStamptz, tInterval, tOID, tInet, tEnum, tArray) {
		out = append(out, minMax("min", t, -1), minMax("max", t, 1))
	}
	return out
}

type countState struct{ n int64 }

func newCount(*Call) AggState { return &countState{} }

func (s *countState) Step([]value.Value) error { s.n++; return nil }

func (s *countState) Final() (value.Value, error) { return value.Int(s.n), nil }

// foldState joins inputs one after the other; none gives NULL.
type foldState struct {
	f   func(x, y value.Value) value.Value
	acc value.Value
	any bool
}

func fold(f func(x, y value.Value) value.Value) func(*Call) AggState {
	return func(*Call) AggState { return &foldState{f: f} }
}

func (s *foldState) Step(a []value.Value) error {
	if !s.any {
		s.acc, s.any = a[0], true
		return nil
	}
	s.acc = s.f(s.acc, a[0])
	return nil
}

func (s *foldState) Final() (value.Value, error) { return s.acc, nil }

func minMax(name string, t *value.Type, sign int) *Agg {
	return &Agg{Name: name, Args: sig(t), Ret: t, New: func(c *Call) AggState {
		at := t
		if t == tEnum || t == tArray {
			at = c.arg(0)
		}
		return &foldState{f: func(x, y value.Value) value.Value {
			if value.Compare(at, y, x)*sign > 0 {
				return y
			}
			return x
		}}
	}}
}

type arrayState struct {
	l   []value.Value
	any bool
}

func newArrayAgg(*Call) AggState { return &arrayState{} }

func (s *arrayState) Step(a []value.Value) error {
	s.l, s.any = append(s.l, a[0]), true
	return nil
}

func (s *arrayState) Final() (value.Value, error) {
	if !s.any {
		return null, nil
	}
	return value.List(s.l), nil
}

// stringState joins texts. A NULL text is skipped; a NULL delimiter is none.
type stringState struct {
	b   []byte
	any bool
}

func newStringAgg(*Call) AggState { return &stringState{} }

func (s *stringState) Step(a []value.Value) error {
	if a[0].IsNull() {
		return nil
	}
	if s.any {
		s.b = append(s.b, a[1].S...)
	}
	s.b, s.any = append(s.b, a[0].S...), true
	return nil
}

func (s *stringState) Final() (value.Value, error) {
	if !s.any {
		return null, nil
	}
	return value.Str(string(s.b)), nil
}
