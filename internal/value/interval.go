package value

import (
	"math"
	"strconv"

	"github.com/plinth-dev/plinth/internal/fault"
)

// appendInterval appends an interval in the postgres style: 1 year 2 mons -3 days +04:05:06.
func appendInterval(dst []byte, v Value) []byte {
	w := spanWriter{dst: dst, zero: true}
	w.part(int64(v.M/12), "year")
	w.part(int64(v.M%12), "mon")
	w.part(int64(v.D), "day")
	if !w.zero && v.I == 0 {
		return w.dst
	}
	if !w.zero {
		w.dst = append(w.dst, ' ')
	}
	us := uint64(v.I)
	if v.I < 0 {
		us = -us
		w.dst = append(w.dst, '-')
	} else if w.before {
		w.dst = append(w.dst, '+')
	}
	w.dst = append(appendPadded(w.dst, int64(us/uint64(usecHour)), 2), ':')
	rest := int64(us % uint64(usecHour))
	w.dst = append(appendPadded(w.dst, rest/usecMinute, 2), ':')
	w.dst = appendPadded(w.dst, rest/usecSecond%60, 2)
	return appendMicros(w.dst, rest%usecSecond)
}

// spanWriter remembers whether the last part was negative: the next positive one then
// shows its sign.
type spanWriter struct {
	dst          []byte
	zero, before bool
}

func (w *spanWriter) part(n int64, unit string) {
	if n == 0 {
		return
	}
	if !w.zero {
		w.dst = append(w.dst, ' ')
	}
	if w.before && n > 0 {
		w.dst = append(w.dst, '+')
	}
	w.dst = append(append(strconv.AppendInt(w.dst, n, 10), ' '), unit...)
	if n != 1 {
		w.dst = append(w.dst, 's')
	}
	w.zero, w.before = false, n < 0
}

func errIntervalRange() error { return fault.SQL("22008", "interval out of range") }

// span builds an interval from wide parts, or says that it is out of range.
func span(months, days, micros int64) (Value, error) {
	if months != int64(int32(months)) || days != int64(int32(days)) {
		return Value{}, errIntervalRange()
	}
	return Span(int32(months), int32(days), micros), nil
}

func addInt64(a, b int64) (int64, bool) {
	c := a + b
	return c, (c > a) == (b > 0)
}

// IntervalAdd returns a + b.
func IntervalAdd(a, b Value) (Value, error) {
	us, ok := addInt64(a.I, b.I)
	if !ok {
		return Value{}, errIntervalRange()
	}
	return span(int64(a.M)+int64(b.M), int64(a.D)+int64(b.D), us)
}

// IntervalSub returns a - b.
func IntervalSub(a, b Value) (Value, error) {
	n, err := IntervalNeg(b)
	if err != nil {
		return Value{}, err
	}
	return IntervalAdd(a, n)
}

// IntervalNeg returns -a.
func IntervalNeg(a Value) (Value, error) {
	if a.I == math.MinInt64 {
		return Value{}, errIntervalRange()
	}
	return span(-int64(a.M), -int64(a.D), -a.I)
}

// IntervalMul returns iv * f: fractions of months go to days, of days to time.
func IntervalMul(iv Value, f float64) (Value, error) {
	return scaleInterval(iv, func(x float64) float64 { return x * f })
}

// IntervalDiv returns iv / f.
func IntervalDiv(iv Value, f float64) (Value, error) {
	if f == 0 {
		return Value{}, ErrDivisionByZero()
	}
	return scaleInterval(iv, func(x float64) float64 { return x / f })
}

func scaleInterval(iv Value, op func(float64) float64) (Value, error) {
	m, d := op(float64(iv.M)), op(float64(iv.D))
	if !fitsInt32(m) || !fitsInt32(d) {
		return Value{}, errIntervalRange()
	}
	months, days := math.Trunc(m), math.Trunc(d)
	monthDays := roundMicro((m - months) * 30)
	sec := roundMicro((d - days + monthDays - math.Trunc(monthDays)) * 86400)
	if math.Abs(sec) >= 86400 {
		days += math.Trunc(sec / 86400)
		sec -= math.Trunc(sec/86400) * 86400
	}
	days += math.Trunc(monthDays)
	us := math.RoundToEven(op(float64(iv.I)) + sec*1e6)
	if !(math.Abs(us) < 9.2e18) || !fitsInt32(days) {
		return Value{}, errIntervalRange()
	}
	return Span(int32(months), int32(days), int64(us)), nil
}

func fitsInt32(f float64) bool { return f >= math.MinInt32 && f <= math.MaxInt32 }

// roundMicro rounds to six places, as the C macro TSROUND.
func roundMicro(f float64) float64 { return math.RoundToEven(f*1e6) / 1e6 }

// JustifyHours turns 24 hours into days.
func JustifyHours(v Value) (Value, error) {
	whole := v.I / usecDay
	d, us := int64(v.D)+whole, v.I-whole*usecDay
	if d > 0 && us < 0 {
		d, us = d-1, us+usecDay
	} else if d < 0 && us > 0 {
		d, us = d+1, us-usecDay
	}
	return span(int64(v.M), d, us)
}

// JustifyDays turns 30 days into months.
func JustifyDays(v Value) (Value, error) {
	whole := int64(v.D / 30)
	m, d := int64(v.M)+whole, int64(v.D)-whole*30
	if m > 0 && d < 0 {
		m, d = m-1, d+30
	} else if m < 0 && d > 0 {
		m, d = m+1, d-30
	}
	return span(m, d, v.I)
}

// JustifyInterval does both and gives all parts one sign.
func JustifyInterval(v Value) (Value, error) {
	whole := v.I / usecDay
	d, us := int64(v.D)+whole, v.I-whole*usecDay
	m := int64(v.M) + d/30
	d %= 30
	if m > 0 && (d < 0 || d == 0 && us < 0) {
		m, d = m-1, d+30
	} else if m < 0 && (d > 0 || d == 0 && us > 0) {
		m, d = m+1, d-30
	}
	if d > 0 && us < 0 {
		d, us = d-1, us+usecDay
	} else if d < 0 && us > 0 {
		d, us = d+1, us-usecDay
	}
	return span(m, d, us)
}
