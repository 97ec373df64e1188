package value

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// moment is date/time text while it is read.
type moment struct {
	y                int64
	m, d             int
	us               int64 // of the day
	zone             *time.Location
	offset           int
	hasYear, hasTime bool
	hasZone, bc      bool
	textMonth        bool
	julian           bool
	half             byte   // a or p of am and pm
	special          string // now, today, infinity …
}

// dtErr is why date/time text was refused.
type dtErr uint8

const (
	dtOK dtErr = iota
	dtBadFormat
	dtOverflow   // a field out of range
	dtMDOverflow // month or day out of range: maybe the wrong order
	dtZoneOverflow
	dtBadZone
)

// dtFail words a refusal as DateTimeParseError does.
func dtFail(e dtErr, t *Type, s string) error {
	switch e {
	case dtOverflow:
		return fault.SQL("22008", `date/time field value out of range: "%s"`, s)
	case dtMDOverflow:
		return fault.SQL("22008", `date/time field value out of range: "%s"`, s).
			WithHint(`Perhaps you need a different "datestyle" setting.`)
	case dtZoneOverflow:
		return fault.SQL("22009", `time zone displacement out of range: "%s"`, s)
	}
	name := t.bare().String()
	if t.Kind == Timestamp || t.Kind == Time {
		name = udtNames[t.Kind]
	}
	return fault.SQL("22007", `invalid input syntax for type %s: "%s"`, name, s)
}

func parseDatetime(t *Type, s string, env Env) (Value, error) {
	if t.Kind == Timestamptz || t.Kind == Timestamp || t.Kind == Date {
		if v, ok := parseISO(t, s, env.Zone); ok {
			return fitPrecision(t, v), nil
		}
	}
	m, e, bad := readMoment(t, s)
	if e == dtBadZone {
		return Value{}, fault.SQL("22023", `time zone "%s" not recognized`, bad)
	}
	if e != dtOK {
		return Value{}, dtFail(e, t, s)
	}
	var v Value
	var err error
	switch t.Kind {
	case Time, Timetz:
		v, err = m.timeOfDay(t, s, env)
	case Date:
		v, err = m.date(t, s, env)
	default:
		v, err = m.stamp(t, s, env)
	}
	if err != nil {
		return Value{}, err
	}
	return fitPrecision(t, v), nil
}

// readMoment reads the fields of s; a word that can only be a zone's name is returned.
func readMoment(t *Type, s string) (*moment, dtErr, string) {
	fields, ok := splitDatetime(s)
	if !ok || len(fields) == 0 {
		return nil, dtBadFormat, ""
	}
	m := &moment{}
	for i, f := range fields {
		if m.special != "" && !(m.special == "today" || m.special == "tomorrow" || m.special == "yesterday") {
			return nil, dtBadFormat, ""
		}
		e := m.field(t, f, i > 0 && strings.EqualFold(fields[i-1].text, "t"))
		if e == dtBadZone {
			return nil, e, strings.ToLower(f.text)
		}
		if e != dtOK {
			return nil, e, ""
		}
	}
	return m, m.finish(), ""
}

func (m *moment) field(t *Type, f dtField, afterT bool) dtErr {
	switch f.kind {
	case dtNumber:
		if afterT || (t.Kind == Time || t.Kind == Timetz) && !m.hasYear && m.m == 0 {
			return m.compactTime(f.text)
		}
		return m.number(f.text)
	case dtDate:
		if isAlpha(f.text[0]) && monthNames[clip3(f.text)] == 0 {
			return m.zoneWord(f.text, strings.ToLower(f.text))
		}
		return m.dateField(f.text)
	case dtTime:
		return m.timeField(f.text)
	case dtWord:
		return m.word(f.text)
	case dtZone:
		return m.zoneField(f.text)
	}
	switch f.text {
	case "-infinity", "-inf":
		m.special = "-infinity"
		return dtOK
	case "+infinity", "+inf":
		m.special = "infinity"
		return dtOK
	}
	return dtBadFormat
}

func (m *moment) zoneField(s string) dtErr {
	sec, ok := parseOffset(s)
	if !ok {
		n := run(s[1:], isDigit)
		if h, err := strconv.Atoi(s[1 : 1+n]); err == nil && (h > 15 && n+1 < len(s) || n <= 2 || s[1+n:] != "") {
			return dtZoneOverflow
		}
		return dtBadFormat
	}
	if m.hasZone && m.offset != 0 {
		return dtBadFormat
	}
	m.hasZone, m.offset, m.zone = true, sec, nil
	return dtOK
}

func (m *moment) word(w string) dtErr {
	low := strings.ToLower(w)
	switch low {
	case "now", "today", "tomorrow", "yesterday", "epoch", "infinity":
		if m.hasYear || m.m > 0 {
			return dtBadFormat
		}
		m.special = low
		return dtOK
	case "inf":
		m.special = "infinity"
		return dtOK
	case "allballs":
		m.hasTime, m.us, m.hasZone = true, 0, true
		return dtOK
	case "t", "at", "on":
		return dtOK
	case "j", "jd", "julian":
		m.julian = true
		return dtOK
	case "am", "pm":
		m.half = low[0]
		return dtOK
	case "bc", "ad":
		m.bc = low == "bc"
		return dtOK
	}
	if isWeekday(low) {
		return dtOK
	}
	if n := monthOf(low); n > 0 {
		if m.textMonth {
			return dtBadFormat
		}
		if m.m > 0 && m.d == 0 { // 2 Jan: the number was the day
			m.d = m.m
		}
		m.m, m.textMonth = n, true
		return dtOK
	}
	return m.zoneWord(w, low)
}

func (m *moment) zoneWord(w, low string) dtErr {
	if m.hasZone {
		return dtBadFormat
	}
	if min, ok := abbreviations[low]; ok {
		m.hasZone, m.offset = true, min*60
		return dtOK
	}
	z, ok := zoneByName(w)
	if !ok {
		if strings.ContainsAny(w, "/_") {
			return dtBadZone
		}
		return dtBadFormat
	}
	m.hasZone, m.zone = true, z
	return dtOK
}

// timeField reads hh:mm, hh:mm:ss and hh:mm:ss.ffffff.
func (m *moment) timeField(s string) dtErr {
	parts := strings.Split(s, ":")
	if m.hasTime || len(parts) > 3 {
		return dtBadFormat
	}
	sec := ""
	if len(parts) == 3 {
		sec = parts[2]
	} else if strings.ContainsRune(parts[1], '.') { // mm:ss.f
		parts, sec = []string{"0", parts[0]}, parts[1]
	}
	h, err1 := strconv.Atoi(parts[0])
	mi, err2 := strconv.Atoi(parts[1])
	us, ok := parseSeconds(sec)
	if err1 != nil || err2 != nil || !ok {
		return dtBadFormat
	}
	return m.setTime(h, mi, us)
}

func (m *moment) setTime(h, mi int, us int64) dtErr {
	if mi > 59 || us > 60*usecSecond || h > 24 || h == 24 && (mi > 0 || us > 0) {
		return dtOverflow
	}
	m.hasTime = true
	m.us = int64(h)*usecHour + int64(mi)*usecMinute + us
	return dtOK
}

// parseSeconds reads ss.ffffff as microseconds; more digits round.
func parseSeconds(s string) (int64, bool) {
	whole, frac, _ := strings.Cut(s, ".")
	if whole == "" {
		whole = "0"
	}
	n, err := strconv.ParseInt(whole, 10, 32)
	if err != nil || !allDigits(whole) || !allDigits(frac) {
		return 0, false
	}
	return n*usecSecond + parseFraction(frac), true
}

// parseFraction returns the digits behind a point in microseconds.
func parseFraction(frac string) int64 {
	if len(frac) <= 6 {
		n, _ := strconv.ParseInt((frac + "000000")[:6], 10, 64)
		return n
	}
	f, _ := strconv.ParseFloat("0."+frac, 64)
	return int64(math.RoundToEven(f * 1e6))
}

// compactTime reads hhmmss, hhmm and a fraction.
func (m *moment) compactTime(s string) dtErr {
	d, frac, _ := strings.Cut(s, ".")
	if m.hasTime || len(d) != 4 && len(d) != 6 || !allDigits(frac) {
		return dtBadFormat
	}
	d = (d + "0000")[:6]
	h, _ := strconv.Atoi(d[:2])
	mi, _ := strconv.Atoi(d[2:4])
	sec, _ := strconv.ParseInt(d[4:], 10, 64)
	return m.setTime(h, mi, sec*usecSecond+parseFraction(frac))
}
