package builtin

import (
	"math"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// fnTime returns the functions of dates, times and intervals that read no clock.
func fnTime() []*Func {
	out := []*Func{
		{Name: "age", Args: sig(tStamp, tStamp), Ret: tInterval, Raises: true, Eval: age(false)},
		{Name: "age", Args: sig(tStamptz, tStamptz), Ret: tInterval, Volatility: Stable, Raises: true, Eval: age(true)},
		{Name: "age", Args: sig(tStamp), Ret: tInterval, Volatility: Stable, Raises: true, Eval: ageToday(false)},
		{Name: "age", Args: sig(tStamptz), Ret: tInterval, Volatility: Stable, Raises: true, Eval: ageToday(true)},
		{Name: "date_trunc", Args: sig(tText, tStamptz), Ret: tStamptz, Volatility: Stable, Raises: true, Eval: truncStamptz},
		{Name: "date_trunc", Args: sig(tText, tStamptz, tText), Ret: tStamptz, Volatility: Stable, Raises: true, Eval: truncStamptz},
		{Name: "date_trunc", Args: sig(tText, tStamp), Ret: tStamp, Raises: true, Eval: truncStamp},
		{Name: "date_trunc", Args: sig(tText, tInterval), Ret: tInterval, Raises: true,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) { return value.TruncInterval(a[0].S, a[1]) }},
		{Name: "date_bin", Args: sig(tInterval, tStamp, tStamp), Ret: tStamp, Raises: true, Eval: dateBin},
		{Name: "date_bin", Args: sig(tInterval, tStamptz, tStamptz), Ret: tStamptz, Raises: true, Eval: dateBin},
		{Name: "justify_hours", Args: sig(tInterval), Ret: tInterval, Raises: true, Eval: spanE(value.JustifyHours)},
		{Name: "justify_days", Args: sig(tInterval), Ret: tInterval, Raises: true, Eval: spanE(value.JustifyDays)},
		{Name: "justify_interval", Args: sig(tInterval), Ret: tInterval, Raises: true, Eval: spanE(value.JustifyInterval)},
		{Name: "to_timestamp", Args: sig(tFloat8), Ret: tStamptz, Raises: true, Eval: fromEpoch},
		{Name: "isfinite", Args: sig(tInterval), Ret: tBool, Eval: constant(value.Truth(true))},
		{Name: "make_date", Args: sig(tInt4, tInt4, tInt4), Ret: tDate, Names: []string{"year", "month", "day"}, Raises: true, Eval: makeDate},
		{Name: "make_time", Args: sig(tInt4, tInt4, tFloat8), Ret: tTime, Raises: true, Eval: makeTime},
		{Name: "make_timestamp", Args: sig(tInt4, tInt4, tInt4, tInt4, tInt4, tFloat8), Ret: tStamp, Raises: true, Eval: makeStamp},
		{Name: "make_timestamptz", Args: sig(tInt4, tInt4, tInt4, tInt4, tInt4, tFloat8, tText), Optional: 1, Ret: tStamptz,
			Volatility: Stable, Raises: true, Eval: makeStamptz},
		{Name: "make_interval", Args: sig(tInt4, tInt4, tInt4, tInt4, tInt4, tInt4, tFloat8), Optional: 7, Ret: tInterval,
			Names:    []string{"years", "months", "weeks", "days", "hours", "mins", "secs"},
			Defaults: []value.Value{value.Int(0), value.Int(0), value.Int(0), value.Int(0), value.Int(0), value.Int(0), value.Float(0)},
			Raises:   true, Eval: makeInterval},
	}
	for _, t := range sig(tDate, tStamp, tStamptz) {
		out = append(out, &Func{Name: "isfinite", Args: sig(t), Ret: tBool,
			Eval: func(_ *Call, a []value.Value) (value.Value, error) { return value.Truth(!isInfinite(a[0].I)), nil }})
	}
	for _, t := range sig(tDate, tStamp, tStamptz, tTime, tTimetz, tInterval) {
		v := Immutable
		if t == tStamptz {
			v = Stable
		}
		out = append(out, &Func{Name: "extract", Args: sig(tText, t), Ret: tNumeric, Volatility: v, Raises: true, Eval: extract(t)},
			&Func{Name: "date_part", Args: sig(tText, t), Ret: tFloat8, Volatility: v, Raises: true, Eval: datePart(t)})
	}
	return append(append(out, fnZone()...), fnOverlaps()...)
}

func spanE(f func(value.Value) (value.Value, error)) evalFunc {
	return func(_ *Call, a []value.Value) (value.Value, error) { return f(a[0]) }
}

func extract(t *value.Type) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) {
		s, ok, err := value.Extract(t, a[0].S, a[1], c.zone())
		if err != nil {
			return null, err
		}
		return strIf(s, ok)
	}
}

func datePart(t *value.Type) evalFunc {
	get := extract(t)
	return func(c *Call, a []value.Value) (value.Value, error) {
		v, err := get(c, a)
		if err != nil || v.IsNull() {
			return v, err
		}
		f, err := value.NumToFloat(v.S)
		return value.Float(f), err
	}
}

// wall is a timestamp, or the wall clock of a timestamptz.
func wall(c *Call, zoned bool, us int64) int64 {
	if zoned {
		return value.ToLocal(us, c.zone())
	}
	return us
}

func age(zoned bool) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) {
		return value.Age(wall(c, zoned, a[0].I), wall(c, zoned, a[1].I))
	}
}

// ageToday measures from midnight of the current day.
func ageToday(zoned bool) evalFunc {
	return func(c *Call, a []value.Value) (value.Value, error) {
		today := dayOf(value.ToLocal(c.Env.Now, c.zone())) * usecDay
		return value.Age(today, wall(c, zoned, a[0].I))
	}
}

func truncStamp(_ *Call, a []value.Value) (value.Value, error) {
	return stampOr(value.Trunc(tStamp, a[0].S, a[1].I, nil))
}

func truncStamptz(c *Call, a []value.Value) (value.Value, error) {
	z := c.zone()
	if len(a) > 2 {
		var err error
		if z, err = value.LoadZone(a[2].S); err != nil {
			return null, err
		}
	}
	return stampOr(value.Trunc(tStamptz, a[0].S, a[1].I, z))
}

func dateBin(_ *Call, a []value.Value) (value.Value, error) {
	us, origin, stride := a[1].I, a[2].I, a[0]
	switch {
	case isInfinite(us):
		return a[1], nil
	case isInfinite(origin):
		return null, fault.SQL("22008", "origin out of range")
	case stride.M != 0:
		return null, fault.SQL("0A000", "timestamps cannot be binned into intervals containing months or years")
	}
	step := int64(stride.D)*usecDay + stride.I
	if step <= 0 {
		return null, fault.SQL("22008", "stride must be greater than zero")
	}
	return value.Int(origin + floorDiv(us-origin, step)*step), nil
}

func fromEpoch(_ *Call, a []value.Value) (value.Value, error) {
	f := a[0].F
	switch {
	case math.IsNaN(f):
		return null, fault.SQL("22008", "timestamp cannot be NaN")
	case math.IsInf(f, 1):
		return value.Int(value.PosInf), nil
	case math.IsInf(f, -1):
		return value.Int(value.NegInf), nil
	}
	us := math.RoundToEven(f * 1e6)
	if math.Abs(us) > 9.2e18 {
		return null, fault.SQL("22008", `timestamp out of range: "%g"`, f)
	}
	return stampOr(value.CheckStamp(int64(us)))
}

// civil reads a year, which may be BC, month and day.
func civil(a []value.Value) (int64, bool) {
	y, m, d := a[0].I, a[1].I, a[2].I
	if y == 0 || m < 1 || m > 12 || d < 1 || y > 5874897 || y < -4713 {
		return 0, false
	}
	if y < 0 {
		y++
	}
	if d > int64(value.DaysInMonth(y, int(m))) {
		return 0, false
	}
	return value.DaysFromCivil(y, int(m), int(d)), true
}

func errDateField(a []value.Value) error {
	return fault.SQL("22008", "date field value out of range: %d-%02d-%02d", a[0].I, a[1].I, a[2].I)
}

func makeDate(_ *Call, a []value.Value) (value.Value, error) {
	days, ok := civil(a)
	if !ok {
		return null, errDateField(a)
	}
	return value.Int(days), nil
}

// clockOf reads hours, minutes and seconds.
func clockOf(a []value.Value) (int64, error) {
	h, m, s := a[0].I, a[1].I, a[2].F
	us := math.RoundToEven(s * 1e6)
	total := h*usecHour + m*60*microsPerSec + int64(us)
	if h < 0 || h > 24 || m < 0 || m > 59 || !(s >= 0 && us <= 60e6) || total > usecDay {
		return 0, fault.SQL("22008", "time field value out of range: %d:%02d:%02g", h, m, s)
	}
	return total, nil
}

func makeTime(_ *Call, a []value.Value) (value.Value, error) { return stampOr(clockOf(a)) }

func makeStamp(_ *Call, a []value.Value) (value.Value, error) {
	days, ok := civil(a)
	if !ok {
		return null, errDateField(a)
	}
	us, err := clockOf(a[3:])
	if err != nil {
		return null, err
	}
	if math.Abs(float64(days)) > 1.06e8 {
		return null, fault.SQL("22008", "timestamp out of range")
	}
	return stampOr(value.CheckStamp(days*usecDay + us))
}

func makeStamptz(c *Call, a []value.Value) (value.Value, error) {
	v, err := makeStamp(c, a)
	if err != nil {
		return null, err
	}
	z := c.zone()
	if len(a) > 6 {
		if z, err = value.LoadZone(a[6].S); err != nil {
			return null, err
		}
	}
	return value.Int(value.FromLocal(v.I, z)), nil
}

// makeInterval takes years, months, weeks, days, hours, minutes and seconds.
func makeInterval(_ *Call, a []value.Value) (value.Value, error) {
	var n [6]int64
	sec := 0.0
	for i, v := range a {
		if i < 6 {
			n[i] = v.I
		} else {
			sec = v.F
		}
	}
	months, days := n[0]*12+n[1], n[2]*7+n[3]
	us := float64(n[4])*float64(usecHour) + float64(n[5])*60e6 + math.RoundToEven(sec*1e6)
	if months != int64(int32(months)) || days != int64(int32(days)) || !(math.Abs(us) < 9.2e18) {
		return null, fault.SQL("22008", "interval out of range")
	}
	return value.Span(int32(months), int32(days), n[4]*usecHour+n[5]*60_000_000+int64(math.RoundToEven(sec*1e6))), nil
}

// fnZone returns AT TIME ZONE in its forms.
func fnZone() []*Func {
	zone := func(arg, ret *value.Type, f func(us int64, z *time.Location) int64) []*Func {
		return []*Func{
			{Name: "timezone", Args: sig(tText, arg), Ret: ret, Raises: true,
				Eval: func(_ *Call, a []value.Value) (value.Value, error) {
					z, err := value.LoadZone(a[0].S)
					if err != nil {
						return null, err
					}
					return value.Int(f(a[1].I, z)), nil
				}},
			{Name: "timezone", Args: sig(tInterval, arg), Ret: ret, Raises: true,
				Eval: func(_ *Call, a []value.Value) (value.Value, error) {
					if a[0].M != 0 || a[0].D != 0 {
						return null, fault.SQL("22023", `interval time zone "%s" must not include months or days`,
							value.TextOf(tInterval, a[0], nil))
					}
					return value.Int(f(a[1].I, time.FixedZone("", int(a[0].I/microsPerSec)))), nil
				}},
		}
	}
	return append(zone(tStamptz, tStamp, value.ToLocal), zone(tStamp, tStamptz, value.FromLocal)...)
}
