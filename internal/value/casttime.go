package value

import (
	"math"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// unixToPG is the moment of 2000-01-01, from which Postgres counts and rounds.
const unixToPG = 10957 * usecDay

// fitPrecision rounds a date/time datum to the fractional digits of t.
func fitPrecision(t *Type, v Value) Value {
	p := t.precision()
	if p < 0 || p >= 6 || v.I == PosInf || v.I == NegInf {
		return v
	}
	unit := int64(math.Pow10(6 - p))
	base := int64(0)
	if t.Kind == Timestamp || t.Kind == Timestamptz {
		base = unixToPG
	}
	v.I = roundTo(v.I-base, unit) + base
	return v
}

// roundTo rounds to a multiple of unit, halves away from zero.
func roundTo(us, unit int64) int64 {
	if us < 0 {
		return -((-us + unit/2) / unit * unit)
	}
	return (us + unit/2) / unit * unit
}

// castDatetime converts between the date/time kinds.
func castDatetime(from, to *Type, v Value, env Env) (Value, error) {
	switch from.Kind {
	case Date:
		return castDate(to, v, env.Zone)
	case Timestamp:
		return castTimestamp(to, v, env.Zone)
	case Timestamptz:
		return castTimestamptz(to, v, env.Zone)
	case Time:
		if to.Kind == Interval {
			return Span(0, 0, v.I), nil
		}
		return Value{Tag: IsInt, I: v.I, D: int32(Offset(env.Now, env.Zone))}, nil
	case Timetz:
		return Int(v.I), nil
	}
	_, us := splitDay(v.I) // interval to time
	return Int(us), nil
}

func castDate(to *Type, v Value, zone *time.Location) (Value, error) {
	if v.I == PosInf || v.I == NegInf {
		return v, nil
	}
	if v.I < minDay || v.I >= endStamp/usecDay {
		return Value{}, fault.SQL("22008", "date out of range for timestamp")
	}
	us := v.I * usecDay
	if to.Kind == Timestamptz {
		us = FromLocal(us, zone)
	}
	return Int(us), nil
}

func castTimestamp(to *Type, v Value, zone *time.Location) (Value, error) {
	infinite := v.I == PosInf || v.I == NegInf
	days, us := splitDay(v.I)
	switch {
	case to.Kind == Time && infinite:
		return Value{}, nil
	case infinite:
		return v, nil
	case to.Kind == Date:
		return Int(days), nil
	case to.Kind == Time:
		return Int(us), nil
	}
	i, err := CheckStamp(FromLocal(v.I, zone))
	if err != nil {
		return Value{}, err
	}
	return Int(i), nil
}

func castTimestamptz(to *Type, v Value, zone *time.Location) (Value, error) {
	infinite := v.I == PosInf || v.I == NegInf
	if infinite && (to.Kind == Time || to.Kind == Timetz) {
		return Value{}, nil
	}
	local := ToLocal(v.I, zone)
	if to.Kind == Timestamp || infinite {
		return Int(local), nil
	}
	days, us := splitDay(local)
	switch to.Kind {
	case Date:
		return Int(days), nil
	case Timetz:
		return Value{Tag: IsInt, I: us, D: int32(Offset(v.I, zone))}, nil
	}
	return Int(us), nil
}
