package builtin

import (
	"cmp"
	"math"

	"github.com/plinth-dev/plinth/internal/value"
)

// compareFunc orders two datums.
type compareFunc func(c *Call, a, b value.Value) int

// opCompare returns =, <>, <, <=, > and >= of all comparable types. They never raise.
func opCompare() []*Func {
	var out []*Func
	ints := sig(tInt2, tInt4, tInt8)
	for _, l := range ints {
		for _, r := range ints {
			out = append(out, compareOps(l, r, Immutable, cmpInt)...)
		}
	}
	for _, l := range sig(tFloat4, tFloat8) {
		for _, r := range sig(tFloat4, tFloat8) {
			out = append(out, compareOps(l, r, Immutable, ofType(tFloat8))...)
		}
	}
	for _, t := range sig(tBool, tDate, tStamp, tStamptz, tTime, tOID) {
		out = append(out, compareOps(t, t, Immutable, cmpInt)...)
	}
	for _, t := range sig(tText, tBpchar, tCitext, tNumeric, tUUID, tTimetz, tInterval, tJSONB,
		tBytea, tInet, value.TTSVector) {
		out = append(out, compareOps(t, t, Immutable, ofType(t))...)
	}
	out = append(out, compareOps(tName, tName, Immutable, ofType(tText))...)
	out = append(out, compareOps(tName, tText, Immutable, ofType(tText))...)
	out = append(out, compareOps(tText, tName, Immutable, ofType(tText))...)
	out = append(out, compareDates()...)
	for _, t := range sig(tEnum, tArray, tRecord) {
		out = append(out, compareOps(t, t, Immutable, ofArgument)...)
	}
	return out
}

func compareDates() []*Func {
	type side struct {
		t  *value.Type
		at func(c *Call, v value.Value) int64
	}
	date := side{tDate, func(_ *Call, v value.Value) int64 { return dateStamp(v.I) }}
	stamp := side{tStamp, func(_ *Call, v value.Value) int64 { return v.I }}
	// Against timestamptz, dates and timestamps are local times of the session's zone.
	local := func(at func(*Call, value.Value) int64) func(*Call, value.Value) int64 {
		return func(c *Call, v value.Value) int64 { return value.FromLocal(at(c, v), c.zone()) }
	}
	zoned := side{tStamptz, stamp.at}
	pair := func(l, r side, v Volatility) []*Func {
		return compareOps(l.t, r.t, v, func(c *Call, a, b value.Value) int {
			return cmp.Compare(l.at(c, a), r.at(c, b))
		})
	}
	out := append(pair(date, stamp, Immutable), pair(stamp, date, Immutable)...)
	for _, s := range []side{date, stamp} {
		s.at = local(s.at)
		out = append(out, pair(s, zoned, Stable)...)
		out = append(out, pair(zoned, s, Stable)...)
	}
	return out
}

// dateStamp is midnight of a date; dates beyond all timestamps compare as infinite.
func dateStamp(days int64) int64 {
	switch {
	case isInfinite(days):
		return days
	case days > math.MaxInt64/usecDay-1:
		return value.PosInf - 1
	}
	return days * usecDay
}

func cmpInt(_ *Call, a, b value.Value) int { return cmp.Compare(a.I, b.I) }

func ofType(t *value.Type) compareFunc {
	return func(_ *Call, a, b value.Value) int { return value.Compare(t, a, b) }
}

func ofArgument(c *Call, a, b value.Value) int { return value.Compare(c.arg(0), a, b) }

func compareOps(l, r *value.Type, vol Volatility, f compareFunc) []*Func {
	tests := []struct {
		symbol string
		holds  func(int) bool
	}{
		{"=", func(i int) bool { return i == 0 }},
		{"<>", func(i int) bool { return i != 0 }},
		{"<", func(i int) bool { return i < 0 }},
		{"<=", func(i int) bool { return i <= 0 }},
		{">", func(i int) bool { return i > 0 }},
		{">=", func(i int) bool { return i >= 0 }},
	}
	out := make([]*Func, len(tests))
	for i, t := range tests {
		out[i] = &Func{Name: t.symbol, Args: sig(l, r), Ret: tBool, Volatility: vol,
			Eval: func(c *Call, a []value.Value) (value.Value, error) {
				return value.Truth(t.holds(f(c, a[0], a[1]))), nil
			}}
	}
	return out
}
