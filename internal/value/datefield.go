package value

import (
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// AddInterval adds an interval to a moment: months clamp to the month's end and days
// keep the wall clock in zone. A timestamp without zone passes nil.
func AddInterval(us int64, iv Value, zone *time.Location) (int64, error) {
	if us == PosInf || us == NegInf {
		return us, nil
	}
	if iv.M != 0 || iv.D != 0 {
		local := addCivil(ToLocal(us, zone), iv)
		if local < minStamp-usecDay || local >= endStamp {
			return 0, errStampRange()
		}
		us = FromLocal(local, zone)
	}
	sum, ok := addInt64(us, iv.I)
	if !ok || sum == PosInf || sum == NegInf {
		return 0, errStampRange()
	}
	return CheckStamp(sum)
}

// addCivil adds months and days to a wall-clock timestamp.
func addCivil(local int64, iv Value) int64 {
	days, us := splitDay(local)
	if iv.M != 0 {
		y, m, d := CivilFromDays(days)
		months := y*12 + int64(m-1) + int64(iv.M)
		y = floorDiv(months, 12)
		m = int(months-y*12) + 1
		days = DaysFromCivil(y, m, min(d, DaysInMonth(y, m)))
	}
	days += int64(iv.D)
	if days > endStamp/usecDay {
		return endStamp
	}
	if days < minDay-1 {
		return minStamp - 2*usecDay
	}
	return days*usecDay + us
}

// SubStamps is timestamp - timestamp: days and time, no months.
func SubStamps(a, b int64) (Value, error) {
	if a == PosInf || a == NegInf || b == PosInf || b == NegInf {
		return Value{}, fault.SQL("22008", "cannot subtract infinite timestamps")
	}
	return JustifyHours(Span(0, 0, a-b))
}

// Age is age(a, b) of wall-clock timestamps: years, months, days and time.
func Age(a, b int64) (Value, error) {
	if a == PosInf || a == NegInf || b == PosInf || b == NegInf {
		return Value{}, errStampRange()
	}
	if a < b {
		v, err := ageAfter(b, a)
		if err != nil {
			return v, err
		}
		return IntervalNeg(v)
	}
	return ageAfter(a, b)
}

// ageAfter is Age for a >= b. A day is borrowed from the month in which b lies.
func ageAfter(a, b int64) (Value, error) {
	ad, au := splitDay(a)
	bd, bu := splitDay(b)
	ay, am, aday := CivilFromDays(ad)
	by, bm, bday := CivilFromDays(bd)
	months := (ay-by)*12 + int64(am-bm)
	days, us := int64(aday-bday), au-bu
	if us < 0 {
		us += usecDay
		days--
	}
	for days < 0 {
		days += int64(DaysInMonth(by, bm))
		months--
	}
	return span(months, days, us)
}

// fieldNames maps the spellings of date fields to one name.
var fieldNames = map[string]string{
	"us": "microseconds", "usec": "microseconds", "usecs": "microseconds", "usecond": "microseconds",
	"useconds": "microseconds", "microsecond": "microseconds", "microseconds": "microseconds", "microsecon": "microseconds",
	"ms": "milliseconds", "msec": "milliseconds", "msecs": "milliseconds", "msecond": "milliseconds",
	"mseconds": "milliseconds", "millisecond": "milliseconds", "milliseconds": "milliseconds", "millisecon": "milliseconds",
	"s": "second", "sec": "second", "secs": "second", "second": "second", "seconds": "second",
	"m": "minute", "min": "minute", "mins": "minute", "minute": "minute", "minutes": "minute",
	"h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "hours": "hour",
	"d": "day", "day": "day", "days": "day",
	"w": "week", "week": "week", "weeks": "week",
	"mon": "month", "mons": "month", "month": "month", "months": "month",
	"qtr": "quarter", "quarter": "quarter",
	"y": "year", "yr": "year", "yrs": "year", "year": "year", "years": "year",
	"dec": "decade", "decs": "decade", "decade": "decade", "decades": "decade",
	"c": "century", "cent": "century", "century": "century", "centuries": "century",
	"mil": "millennium", "mils": "millennium", "millennium": "millennium", "millennia": "millennium",
	"epoch": "epoch", "dow": "dow", "isodow": "isodow", "doy": "doy", "isoyear": "isoyear",
	"julian": "julian", "j": "julian", "jd": "julian",
	"timezone": "timezone", "timezone_h": "timezone_hour", "timezone_hour": "timezone_hour",
	"timezone_m": "timezone_minute", "timezone_minute": "timezone_minute",
}

// truncError is fieldError of date_trunc, to which the fields without a length are unknown.
func truncError(t *Type, name string) error {
	switch fieldNames[strings.ToLower(name)] {
	case "epoch", "dow", "isodow", "doy", "isoyear", "julian":
		return fault.SQL("22023", `unit "%s" not recognized for type %s`, strings.ToLower(name), t.bare())
	}
	return fieldError(t, name)
}

// fieldError is the complaint about a field that t does not have.
func fieldError(t *Type, name string) error {
	if _, known := fieldNames[strings.ToLower(name)]; known {
		return fault.SQL("0A000", `unit "%s" not supported for type %s`, strings.ToLower(name), t.bare())
	}
	return fault.SQL("22023", `unit "%s" not recognized for type %s`, strings.ToLower(name), t.bare())
}

// Trunc is date_trunc of a timestamptz in zone; a timestamp passes TTimestamp and nil.
func Trunc(t *Type, field string, us int64, zone *time.Location) (int64, error) {
	f := fieldNames[strings.ToLower(field)]
	local := ToLocal(us, zone)
	if us == PosInf || us == NegInf {
		return us, nil
	}
	days, tod := splitDay(local)
	var unit int64
	switch f {
	case "microseconds":
		return us, nil
	case "milliseconds":
		unit = 1000
	case "second":
		unit = usecSecond
	case "minute":
		unit = usecMinute
	case "hour":
		unit = usecHour
	default:
		day, ok := truncDay(f, days)
		if !ok {
			return 0, truncError(t, field)
		}
		return FromLocal(day*usecDay, zone), nil
	}
	return us - tod%unit, nil // within the hour the offset stays
}

func truncDay(field string, days int64) (int64, bool) {
	y, m, _ := CivilFromDays(days)
	switch field {
	case "day":
		return days, true
	case "week":
		return days - int64(ISODow(days)-1), true
	case "month":
		return DaysFromCivil(y, m, 1), true
	case "quarter":
		return DaysFromCivil(y, (m-1)/3*3+1, 1), true
	case "year":
	case "decade":
		y = floorDiv(y, 10) * 10
	case "century":
		y = floorDiv(y-1, 100)*100 + 1
	case "millennium":
		y = floorDiv(y-1, 1000)*1000 + 1
	default:
		return 0, false
	}
	return DaysFromCivil(y, 1, 1), true
}

// TruncInterval is date_trunc of an interval.
func TruncInterval(field string, iv Value) (Value, error) {
	f := fieldNames[strings.ToLower(field)]
	cut := func(unit int64) (Value, error) { return Span(iv.M, iv.D, iv.I-iv.I%unit), nil }
	months := func(n int32) (Value, error) { return Span(iv.M-iv.M%n, 0, 0), nil }
	switch f {
	case "microseconds":
		return iv, nil
	case "milliseconds":
		return cut(1000)
	case "second":
		return cut(usecSecond)
	case "minute":
		return cut(usecMinute)
	case "hour":
		return cut(usecHour)
	case "day":
		return Span(iv.M, iv.D, 0), nil
	case "month":
		return months(1)
	case "quarter":
		return months(3)
	case "year":
		return months(12)
	case "decade":
		return months(120)
	case "century":
		return months(1200)
	case "millennium":
		return months(12000)
	case "week":
		return Value{}, fault.SQL("0A000", `unit "%s" not supported for type interval`, strings.ToLower(field)).
			WithDetail("Months usually have fractional weeks.")
	}
	return Value{}, truncError(TInterval, field)
}

// ISODow is 1 for Monday to 7 for Sunday.
func ISODow(days int64) int { return int((days+3)%7+7)%7 + 1 }

// ISOWeek returns the ISO year and week of a day.
func ISOWeek(days int64) (year int64, week int) {
	thursday := days - int64(ISODow(days)) + 4
	y, _, _ := CivilFromDays(thursday)
	return y, int((thursday-DaysFromCivil(y, 1, 1))/7) + 1
}
