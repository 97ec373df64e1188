package value

import "time"

// parseISO reads the forms in which machines write timestamps, without taking them
// apart into fields: 2026-01-02, then T or a space and 03:04[:05[.123456]], then Z or
// an offset of hours and minutes. False sends everything else, errors too, the long way.
func parseISO(t *Type, s string, zone *time.Location) (Value, bool) {
	if len(s) < 10 || len(s) > 32 || s[4] != '-' || s[7] != '-' {
		return Value{}, false
	}
	y, ok1 := twoDigits(s)
	y2, ok2 := twoDigits(s[2:])
	m, ok3 := twoDigits(s[5:])
	d, ok4 := twoDigits(s[8:])
	year := int64(y*100 + y2)
	if !ok1 || !ok2 || !ok3 || !ok4 || year == 0 || m < 1 || m > 12 || d < 1 || d > DaysInMonth(year, m) {
		return Value{}, false
	}
	days := DaysFromCivil(year, m, d)
	if len(s) == 10 {
		if t.Kind == Date {
			return Int(days), true
		}
		return isoStamp(t, days*usecDay, "", zone)
	}
	if s[10] != 'T' && s[10] != ' ' {
		return Value{}, false
	}
	us, n := isoTime(s[11:])
	if n == 0 || t.Kind == Date && s[11+n:] != "" {
		return Value{}, false
	}
	if t.Kind == Date {
		return Int(days), true
	}
	return isoStamp(t, days*usecDay+us, s[11+n:], zone)
}

// isoStamp gives a wall clock its zone.
func isoStamp(t *Type, us int64, zone string, local *time.Location) (Value, bool) {
	off, given, ok := isoOffset(zone)
	switch {
	case !ok:
		return Value{}, false
	case t.Kind == Timestamp: // Postgres reads the offset and drops it
	case given:
		us -= int64(off) * usecMinute
	default:
		us = FromLocal(us, local)
	}
	return Int(us), true
}

func twoDigits(s string) (int, bool) {
	if len(s) < 2 || !isDigit(s[0]) || !isDigit(s[1]) {
		return 0, false
	}
	return int(s[0]-'0')*10 + int(s[1]-'0'), true
}

// isoTime reads hh:mm[:ss[.f]] and returns its length, 0 if it is none.
func isoTime(s string) (us int64, n int) {
	h, ok := twoDigits(s)
	if !ok || h > 23 || len(s) < 5 || s[2] != ':' {
		return 0, 0
	}
	m, ok := twoDigits(s[3:])
	if !ok || m > 59 {
		return 0, 0
	}
	us, n = int64(h)*usecHour+int64(m)*usecMinute, 5
	if len(s) == 5 || s[5] != ':' {
		return us, n
	}
	sec, ok := twoDigits(s[6:])
	if !ok || sec > 59 {
		return 0, 0
	}
	us, n = us+int64(sec)*usecSecond, 8
	if len(s) == 8 || s[8] != '.' {
		return us, n
	}
	unit := usecSecond
	for n = 9; n < len(s) && isDigit(s[n]); n++ {
		if unit /= 10; unit == 0 {
			return 0, 0
		}
		us += int64(s[n]-'0') * unit
	}
	return us, n
}

// isoOffset reads Z, +hh, +hhmm and +hh:mm as minutes east.
func isoOffset(s string) (min int, given, ok bool) {
	if s == "" {
		return 0, false, true
	}
	if s == "Z" {
		return 0, true, true
	}
	if s[0] != '+' && s[0] != '-' {
		return 0, false, false
	}
	h, ok := twoDigits(s[1:])
	if !ok || h > 15 {
		return 0, false, false
	}
	rest, m := s[3:], 0
	if len(rest) == 3 && rest[0] == ':' {
		rest = rest[1:]
	}
	if rest != "" {
		if m, ok = twoDigits(rest); !ok || len(rest) != 2 || m > 59 {
			return 0, false, false
		}
	}
	min = h*60 + m
	if s[0] == '-' {
		min = -min
	}
	return min, true, true
}
