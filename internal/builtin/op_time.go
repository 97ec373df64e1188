package builtin

import (
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

func errDateRange() error { return fault.SQL("22008", "date out of range for timestamp") }

// opTime returns the arithmetic of dates, times and intervals.
func opTime() []*Func {
	out := []*Func{
		timeOp("-", sig(tDate, tDate), tInt4, subDates),
		timeOp("-", sig(tDate, tInt4), tDate, func(_ *Call, a, b value.Value) (value.Value, error) { return addDays(a.I, -b.I) }),
		timeOp("-", sig(tTime, tTime), tInterval, func(_ *Call, a, b value.Value) (value.Value, error) {
			return value.Span(0, 0, a.I-b.I), nil
		}),
		timeOp("-", sig(tStamp, tStamp), tInterval, subStamps),
		timeOp("-", sig(tStamptz, tStamptz), tInterval, subStamps),
		timeOp("+", sig(tInterval, tInterval), tInterval, spanOp(value.IntervalAdd)),
		timeOp("-", sig(tInterval, tInterval), tInterval, spanOp(value.IntervalSub)),
		timeOp("/", sig(tInterval, tFloat8), tInterval, func(_ *Call, a, b value.Value) (value.Value, error) {
			return value.IntervalDiv(a, b.F)
		}),
		timeOp("-", sig(tDate, tInterval), tStamp, minus(addToDate)),
		timeOp("-", sig(tStamp, tInterval), tStamp, minus(addToStamp)),
		stable(timeOp("-", sig(tStamptz, tInterval), tStamptz, minus(addToStamptz))),
		timeOp("-", sig(tTime, tInterval), tTime, minus(addToTime)),
		{Name: "-", Args: sig(tInterval), Ret: tInterval, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) { return value.IntervalNeg(a[0]) }},
	}
	for _, f := range []*Func{
		timeOp("+", sig(tDate, tInt4), tDate, func(_ *Call, a, b value.Value) (value.Value, error) { return addDays(a.I, b.I) }),
		timeOp("+", sig(tDate, tTime), tStamp, addDateTime),
		timeOp("+", sig(tDate, tTimetz), tStamptz, addDateTimetz),
		timeOp("+", sig(tDate, tInterval), tStamp, addToDate),
		timeOp("+", sig(tStamp, tInterval), tStamp, addToStamp),
		stable(timeOp("+", sig(tStamptz, tInterval), tStamptz, addToStamptz)),
		timeOp("+", sig(tTime, tInterval), tTime, addToTime),
		timeOp("*", sig(tInterval, tFloat8), tInterval, func(_ *Call, a, b value.Value) (value.Value, error) {
			return value.IntervalMul(a, b.F)
		}),
	} {
		out = append(out, f, commute(f))
	}
	return out
}

type timeFunc = func(c *Call, a, b value.Value) (value.Value, error)

func timeOp(symbol string, args []*value.Type, ret *value.Type, f timeFunc) *Func {
	return &Func{Name: symbol, Args: args, Ret: ret, Raises: true,
		Eval: func(c *Call, a []value.Value) (value.Value, error) { return f(c, a[0], a[1]) }}
}

func stable(f *Func) *Func {
	f.Volatility = Stable
	return f
}

// commute is the operator with its arguments the other way round.
func commute(f *Func) *Func {
	g := *f
	g.Args = sig(f.Args[1], f.Args[0])
	g.Eval = func(c *Call, a []value.Value) (value.Value, error) {
		return f.Eval(c, []value.Value{a[1], a[0]})
	}
	return &g
}

func spanOp(f func(a, b value.Value) (value.Value, error)) timeFunc {
	return func(_ *Call, a, b value.Value) (value.Value, error) { return f(a, b) }
}

// minus subtracts where f adds.
func minus(f timeFunc) timeFunc {
	return func(c *Call, a, b value.Value) (value.Value, error) {
		n, err := value.IntervalNeg(b)
		if err != nil {
			return null, err
		}
		return f(c, a, n)
	}
}

func subDates(_ *Call, a, b value.Value) (value.Value, error) {
	if isInfinite(a.I) || isInfinite(b.I) {
		return null, fault.SQL("22008", "cannot subtract infinite dates")
	}
	return value.CheckInt(tInt4, a.I-b.I)
}

func addDays(days, n int64) (value.Value, error) {
	if isInfinite(days) {
		return value.Int(days), nil
	}
	sum := days + n
	if sum < -2440588 || sum >= 2147483494-2440588 {
		return null, fault.SQL("22008", "date out of range")
	}
	return value.Int(sum), nil
}

func subStamps(_ *Call, a, b value.Value) (value.Value, error) { return value.SubStamps(a.I, b.I) }

func stampOr(us int64, err error) (value.Value, error) {
	if err != nil {
		return null, err
	}
	return value.Int(us), nil
}

// midnight is the timestamp at which a date starts.
func midnight(days int64) (int64, error) {
	us := dateStamp(days)
	if us == value.PosInf-1 {
		return 0, errDateRange()
	}
	if _, err := value.CheckStamp(us); err != nil {
		return 0, errDateRange()
	}
	return us, nil
}

func addToDate(_ *Call, a, b value.Value) (value.Value, error) {
	us, err := midnight(a.I)
	if err != nil {
		return null, err
	}
	return stampOr(value.AddInterval(us, b, nil))
}

func addToStamp(_ *Call, a, b value.Value) (value.Value, error) {
	return stampOr(value.AddInterval(a.I, b, nil))
}

func addToStamptz(c *Call, a, b value.Value) (value.Value, error) {
	return stampOr(value.AddInterval(a.I, b, c.zone()))
}

// addToTime goes round the clock; days and months of the interval say nothing.
func addToTime(_ *Call, a, b value.Value) (value.Value, error) {
	return value.Int(((a.I+b.I%usecDay)%usecDay + usecDay) % usecDay), nil
}

func addDateTime(_ *Call, a, b value.Value) (value.Value, error) {
	us, err := midnight(a.I)
	if err != nil || isInfinite(us) {
		return value.Int(us), err
	}
	return stampOr(value.CheckStamp(us + b.I))
}

func addDateTimetz(_ *Call, a, b value.Value) (value.Value, error) {
	us, err := midnight(a.I)
	if err != nil || isInfinite(us) {
		return value.Int(us), err
	}
	return stampOr(value.CheckStamp(us + b.I - int64(b.D)*microsPerSec))
}
