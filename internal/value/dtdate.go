package value

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// dateField reads a date whose parts are joined: 2026-01-02, 1/2/2026, 2-Jan-2026.
func (m *moment) dateField(s string) dtErr {
	parts := strings.FieldsFunc(s, func(r rune) bool { return r == '-' || r == '/' || r == '.' })
	if m.hasYear || m.hasTime || len(parts) > 3 || len(parts) < 2 {
		return dtBadFormat
	}
	for i, p := range parts {
		if n := monthOf(p); n > 0 && !m.textMonth {
			m.m, m.textMonth = n, true
			parts = append(parts[:i:i], parts[i+1:]...)
			break
		}
	}
	for _, p := range parts {
		if p == "" || !allDigits(p) {
			return dtBadFormat
		}
		if e := m.datePart(p); e != dtOK {
			return e
		}
	}
	if !m.hasYear || m.m == 0 || m.d == 0 {
		return dtBadFormat
	}
	return dtOK
}

// datePart takes the next number of a date, in the order month, day, year unless a
// year of three digits or more comes first.
func (m *moment) datePart(p string) dtErr {
	n, err := strconv.Atoi(p)
	if err != nil {
		return dtOverflow
	}
	switch {
	case m.hasYear && len(p) == 3 && m.m == 0:
		m.setYearDay(n)
	case !m.hasYear && len(p) >= 3 && (m.m == 0 || m.textMonth || m.d != 0):
		m.setYear(int64(n), len(p))
	case m.m == 0:
		m.m = n
		if n < 1 || n > 12 {
			return dtMDOverflow
		}
	case m.d == 0:
		m.d = n
		if n < 1 || n > 31 {
			return dtMDOverflow
		}
	case !m.hasYear:
		m.setYear(int64(n), len(p))
	default:
		return dtBadFormat
	}
	return dtOK
}

// setYearDay takes the day of the year, as in 2026-123.
func (m *moment) setYearDay(n int) {
	_, m.m, m.d = CivilFromDays(DaysFromCivil(m.y, 1, 1) + int64(n) - 1)
}

func (m *moment) setYear(y int64, digits int) {
	if digits <= 2 {
		if y < 70 {
			y += 2000
		} else {
			y += 1900
		}
	}
	m.y, m.hasYear = y, true
}

// number takes digits that stand alone: 20260102, or the parts of Jan 2 2026.
func (m *moment) number(s string) dtErr {
	whole, frac, point := strings.Cut(s, ".")
	switch {
	case point && m.hasYear && !m.hasTime:
		return m.compactTime(s)
	case point && len(whole) == 4 && len(frac) == 3 && m.datePart(whole) == dtOK:
		return m.datePart(frac)
	case point:
		return dtBadFormat
	case m.julian && !m.hasYear:
		n, _ := strconv.ParseInt(whole, 10, 32)
		m.y, m.m, m.d = CivilFromDays(n - unixDayZero)
		m.hasYear = true
		if m.bc = m.y <= 0; m.bc {
			m.y = 1 - m.y
		}
		return dtOK
	case len(whole) == 8 && !m.hasYear:
		return m.compactDate(whole[:4], whole[4:6], whole[6:])
	case len(whole) == 6 && !m.hasYear && m.m == 0:
		return m.compactDate(whole[:2], whole[2:4], whole[4:])
	case (len(whole) == 6 || len(whole) == 4) && m.hasYear && m.d > 0 && !m.hasTime:
		return m.compactTime(whole)
	}
	return m.datePart(whole)
}

func (m *moment) compactDate(y, mo, d string) dtErr {
	n, _ := strconv.ParseInt(y, 10, 64)
	m.setYear(n, len(y))
	m.m, _ = strconv.Atoi(mo)
	m.d, _ = strconv.Atoi(d)
	return dtOK
}

// finish checks the fields together.
func (m *moment) finish() dtErr {
	if m.half != 0 {
		if e := m.applyHalf(); e != dtOK {
			return e
		}
	}
	if m.special != "" || !m.hasYear && m.m == 0 && m.d == 0 {
		return dtOK
	}
	if !m.hasYear || m.m == 0 || m.d == 0 {
		return dtBadFormat
	}
	if m.bc {
		if m.y <= 0 {
			return dtOverflow
		}
		m.y = 1 - m.y
	} else if m.y <= 0 {
		return dtOverflow
	}
	if m.m > 12 || m.m < 1 || m.d < 1 || m.d > 31 {
		return dtMDOverflow
	}
	if m.d > DaysInMonth(m.y, m.m) {
		return dtOverflow
	}
	return dtOK
}

func (m *moment) applyHalf() dtErr {
	h := m.us / usecHour
	switch {
	case h > 12:
		return dtOverflow
	case m.half == 'a' && h == 12:
		m.us -= 12 * usecHour
	case m.half == 'p' && h != 12:
		m.us += 12 * usecHour
	}
	return dtOK
}

// day returns the date in days since 1970; specials count from the local now.
func (m *moment) day(env Env) int64 {
	today, _ := splitDay(ToLocal(env.Now, env.Zone))
	switch m.special {
	case "today", "now":
		return today
	case "tomorrow":
		return today + 1
	case "yesterday":
		return today - 1
	case "epoch":
		return 0
	case "infinity":
		return PosInf
	case "-infinity":
		return NegInf
	}
	return DaysFromCivil(m.y, m.m, m.d)
}

func (m *moment) dated() bool { return m.special != "" || m.hasYear }

func (m *moment) date(t *Type, s string, env Env) (Value, error) {
	if !m.dated() {
		return Value{}, dtFail(dtBadFormat, t, s)
	}
	d := m.day(env)
	if m.special == "" && (m.y > 5874897 || d < minDay) {
		return Value{}, fault.SQL("22008", `date out of range: "%s"`, s)
	}
	return Int(d), nil
}

func (m *moment) stamp(t *Type, s string, env Env) (Value, error) {
	if !m.dated() {
		return Value{}, dtFail(dtBadFormat, t, s)
	}
	tz := t.Kind == Timestamptz
	switch m.special {
	case "now":
		if tz {
			return Int(env.Now), nil
		}
		return Int(ToLocal(env.Now, env.Zone)), nil
	case "infinity":
		return Int(PosInf), nil
	case "-infinity":
		return Int(NegInf), nil
	case "epoch":
		return Int(0), nil
	}
	days := m.day(env)
	if days < minDay-1 || days > endStamp/usecDay {
		return Value{}, fault.SQL("22008", `timestamp out of range: "%s"`, s)
	}
	us := days*usecDay + m.us
	if tz {
		us = m.toUTC(us, env)
	}
	if us < minStamp || us >= endStamp {
		return Value{}, fault.SQL("22008", `timestamp out of range: "%s"`, s)
	}
	return Int(us), nil
}

func (m *moment) toUTC(us int64, env Env) int64 {
	switch {
	case m.zone != nil:
		return FromLocal(us, m.zone)
	case m.hasZone:
		return us - int64(m.offset)*usecSecond
	}
	return FromLocal(us, env.Zone)
}

func (m *moment) timeOfDay(t *Type, s string, env Env) (Value, error) {
	us, off := m.us, Offset(env.Now, env.Zone)
	switch {
	case m.special == "now":
		_, us = splitDay(ToLocal(env.Now, env.Zone))
	case !m.hasTime || m.special != "":
		return Value{}, dtFail(dtBadFormat, t, s)
	case m.zone != nil && !m.hasYear: // a region's offset depends on the day
		return Value{}, dtFail(dtBadFormat, t, s)
	case m.zone != nil:
		off = Offset(m.toUTC(m.day(env)*usecDay+us, env), m.zone)
	case m.hasZone:
		off = m.offset
	}
	if t.Kind == Time {
		return Int(us), nil
	}
	return Value{Tag: IsInt, I: us, D: int32(off)}, nil
}
