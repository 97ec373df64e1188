package builtin

import (
	"github.com/plinth-dev/plinth/internal/value"
)

// clock is clock_timestamp(): the moment of the call, not of the transaction.
func clock(c *Call) int64 {
	if c.Env.Clock != nil {
		return c.Env.Clock()
	}
	return c.Env.Now
}

// fnClock returns the functions that tell the time.
func fnClock() []*Func {
	local := func(c *Call) int64 { return value.ToLocal(c.Env.Now, c.zone()) }
	tell := func(name string, t *value.Type, f func(c *Call) value.Value) *Func {
		return &Func{Name: name, Ret: t, Volatility: Stable,
			Eval: func(c *Call, _ []value.Value) (value.Value, error) { return f(c), nil }}
	}
	now := func(c *Call) value.Value { return value.Int(c.Env.Now) }
	out := []*Func{
		{Name: "clock_timestamp", Ret: tStamptz, Volatility: Volatile,
			Eval: func(c *Call, _ []value.Value) (value.Value, error) { return value.Int(clock(c)), nil }},
		{Name: "timeofday", Ret: tText, Volatility: Volatile,
			Eval: func(c *Call, _ []value.Value) (value.Value, error) {
				return value.Str(out(c, tStamptz, value.Int(clock(c)))), nil
			}},
		tell("localtimestamp", tStamp, func(c *Call) value.Value { return value.Int(local(c)) }),
		tell("current_date", tDate, func(c *Call) value.Value { return value.Int(dayOf(local(c))) }),
		tell("localtime", tTime, func(c *Call) value.Value { return value.Int(timeOf(local(c))) }),
		tell("current_time", tTimetz, func(c *Call) value.Value {
			v := value.Int(timeOf(local(c)))
			v.D = int32(value.Offset(c.Env.Now, c.zone()))
			return v
		}),
	}
	for _, n := range []string{"now", "current_timestamp", "transaction_timestamp", "statement_timestamp"} {
		out = append(out, tell(n, tStamptz, now))
	}
	// current_timestamp(3) and its kin round to so many digits.
	for _, f := range out {
		switch f.Name {
		case "current_timestamp", "localtimestamp", "current_time", "localtime":
			out = append(out, &Func{Name: f.Name, Args: sig(tInt4), Ret: f.Ret, Volatility: Stable, Eval: precise(f.Eval)})
		}
	}
	return out
}

func precise(f evalFunc) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) {
		v, err := f(c, nil)
		unit := int64(1)
		for i := a[0].I; i < 6; i++ {
			unit *= 10
		}
		v.I = floorDiv(v.I+unit/2, unit) * unit
		return v, err
	}
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// dayOf and timeOf split a wall-clock timestamp.
func dayOf(us int64) int64 { return floorDiv(us, usecDay) }

func timeOf(us int64) int64 { return us - floorDiv(us, usecDay)*usecDay }
