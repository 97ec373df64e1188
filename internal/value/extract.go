package value

import (
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/value/decimal"
)

// Extract is extract(field from v): numeric text, and false where it is NULL. zone is
// for timestamptz.
func Extract(t *Type, field string, v Value, zone *time.Location) (text string, ok bool, err error) {
	t = t.Base()
	name := fieldNames[strings.ToLower(field)]
	switch t.Kind {
	case Interval:
		text, ok = extractInterval(name, v)
	case Time, Timetz:
		text, ok = extractTime(t, name, v)
	default:
		if v.I == PosInf || v.I == NegInf {
			return extractInfinite(t, field, v)
		}
		text, ok = extractStamp(t, name, v, zone)
	}
	if !ok {
		return "", false, fieldError(t, field)
	}
	return text, true, nil
}

// extractInfinite gives infinity for what only grows and NULL for what goes round.
func extractInfinite(t *Type, field string, v Value) (string, bool, error) {
	name := fieldNames[strings.ToLower(field)]
	switch name {
	case "year", "decade", "century", "millennium", "julian", "isoyear", "epoch":
		if v.I == PosInf {
			return "Infinity", true, nil
		}
		return "-Infinity", true, nil
	}
	if strings.HasPrefix(name, "timezone") && t.Kind != Date {
		return "", false, nil
	}
	if _, ok := extractStamp(t, name, Int(0), nil); !ok {
		return "", false, fieldError(t, field)
	}
	return "", false, nil
}

func extractStamp(t *Type, name string, v Value, zone *time.Location) (string, bool) {
	var days, us int64
	if t.Kind == Date {
		days = v.I
		if name == "epoch" {
			return NumFromInt(days * 86400), true
		}
	} else {
		if name == "epoch" {
			return decimal.Fixed(v.I, 6), true
		}
		local := v.I
		if t.Kind == Timestamptz {
			local = ToLocal(v.I, zone)
			if s, ok := extractZone(name, Offset(v.I, zone)); ok {
				return s, true
			}
		}
		days, us = splitDay(local)
		if s, ok := extractClock(name, us); ok {
			return s, true
		}
		if name == "julian" {
			d, _ := decimal.Div(NumFromInt(us), NumFromInt(usecDay))
			s, err := decimal.Add(NumFromInt(days+unixDayZero), d)
			return s, err == nil
		}
	}
	return extractDay(name, days)
}

func extractZone(name string, sec int) (string, bool) {
	switch name {
	case "timezone":
		return NumFromInt(int64(sec)), true
	case "timezone_hour":
		return NumFromInt(int64(sec / 3600)), true
	case "timezone_minute":
		return NumFromInt(int64(sec / 60 % 60)), true
	}
	return "", false
}

func extractClock(name string, us int64) (string, bool) {
	switch name {
	case "microseconds":
		return NumFromInt(us % usecMinute), true
	case "milliseconds":
		return decimal.Fixed(us%usecMinute, 3), true
	case "second":
		return decimal.Fixed(us%usecMinute, 6), true
	case "minute":
		return NumFromInt(us / usecMinute % 60), true
	case "hour":
		return NumFromInt(us / usecHour), true
	}
	return "", false
}

// eraYear is the year as people count: there is no year 0.
func eraYear(y int64) int64 {
	if y <= 0 {
		return y - 1
	}
	return y
}

// group is the century or millennium of a year; the first is 1, the one before it -1.
func group(y, size int64) int64 {
	if y > 0 {
		return (y + size - 1) / size
	}
	return -((size - 1 - (y - 1)) / size)
}

func extractDay(name string, days int64) (string, bool) {
	y, m, d := CivilFromDays(days)
	var n int64
	switch name {
	case "day":
		n = int64(d)
	case "month":
		n = int64(m)
	case "quarter":
		n = int64((m-1)/3 + 1)
	case "week":
		_, w := ISOWeek(days)
		n = int64(w)
	case "year":
		n = eraYear(y)
	case "decade":
		n = floorDiv(y, 10)
	case "century":
		n = group(y, 100)
	case "millennium":
		n = group(y, 1000)
	case "isoyear":
		iy, _ := ISOWeek(days)
		n = eraYear(iy)
	case "dow":
		n = int64(ISODow(days) % 7)
	case "isodow":
		n = int64(ISODow(days))
	case "doy":
		n = days - DaysFromCivil(y, 1, 1) + 1
	case "julian":
		n = days + unixDayZero
	default:
		return "", false
	}
	return NumFromInt(n), true
}

func extractTime(t *Type, name string, v Value) (string, bool) {
	if t.Kind == Timetz {
		if s, ok := extractZone(name, int(v.D)); ok {
			return s, true
		}
		if name == "epoch" {
			return decimal.Fixed(v.I-int64(v.D)*usecSecond, 6), true
		}
	}
	if name == "epoch" {
		return decimal.Fixed(v.I, 6), true
	}
	return extractClock(name, v.I)
}

func extractInterval(name string, v Value) (string, bool) {
	if s, ok := extractClock(name, v.I); ok {
		return s, true
	}
	y := int64(v.M / 12)
	switch name {
	case "day":
		return NumFromInt(int64(v.D)), true
	case "month":
		return NumFromInt(int64(v.M % 12)), true
	case "quarter":
		return NumFromInt(int64(v.M%12/3 + 1)), true
	case "year":
		return NumFromInt(y), true
	case "decade":
		return NumFromInt(y / 10), true
	case "century":
		return NumFromInt(y / 100), true
	case "millennium":
		return NumFromInt(y / 1000), true
	case "epoch":
		return intervalEpoch(v), true
	}
	return "", false
}

// intervalEpoch counts a year as 365.25 days and a month as 30.
func intervalEpoch(v Value) string {
	days := NumFromInt((int64(v.M/12)*1461 + int64(v.M%12)*120 + int64(v.D)*4) * 21600)
	s, err := decimal.Add(days, decimal.Fixed(v.I, 6))
	if err != nil {
		return "NaN"
	}
	return s
}
