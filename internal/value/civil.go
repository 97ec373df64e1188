package value

import (
	"math"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Units of time in microseconds.
const (
	usecSecond = int64(1_000_000)
	usecMinute = 60 * usecSecond
	usecHour   = 60 * usecMinute
	usecDay    = 24 * usecHour
)

// Bounds of Postgres' date/time types. The upper bound of timestamps is where
// microseconds since 1970 leave int64, 30 years before Postgres' own.
const (
	minDay      = int64(-2440588)             // 4714-11-24 BC
	endDay      = int64(2147483494 - 2440588) // 5874898-01-01
	minStamp    = minDay * usecDay            // 4714-11-24 00:00:00 BC
	endStamp    = math.MaxInt64 - 2*usecDay   // year 294247
	unixDayZero = int64(2440588)              // Julian day of 1970-01-01
)

// Env is what conversions may depend on besides their input: the statement's moment in
// microseconds since 1970 and the session's zone, nil for UTC.
type Env struct {
	Now  int64
	Zone *time.Location
	// Relation names the relation of an oid, and RelationID finds the oid of a name; nil
	// where there is no catalogue.
	Relation   func(oid int64) (string, bool)
	RelationID func(name string) (int64, bool)
	// Path is the search path: a type of another schema is named with it in messages. nil
	// finds all.
	Path []string
	// Domain asks the rules of a domain about a value; nil where there are none.
	Domain func(t *Type, v Value) error
}

// shown names a type as a message does.
func (e Env) shown(t *Type) string {
	if t.Schema == "" || e.Path == nil || slices.Contains(e.Path, t.Schema) {
		return t.String()
	}
	return t.Schema + "." + t.String()
}

// DaysFromCivil returns the days since 1970-01-01 of a date in the proleptic Gregorian
// calendar; year 0 is 1 BC.
func DaysFromCivil(y int64, m, d int) int64 {
	if m <= 2 {
		y--
	}
	era := floorDiv(y, 400)
	yoe := y - era*400
	mp := int64((m + 9) % 12)
	doy := (153*mp+2)/5 + int64(d) - 1
	return era*146097 + yoe*365 + yoe/4 - yoe/100 + doy - 719468
}

// CivilFromDays is the inverse of DaysFromCivil.
func CivilFromDays(days int64) (y int64, m, d int) {
	z := days + 719468
	era := floorDiv(z, 146097)
	doe := z - era*146097
	yoe := (doe - doe/1460 + doe/36524 - doe/146096) / 365
	doy := doe - (365*yoe + yoe/4 - yoe/100)
	mp := (5*doy + 2) / 153
	d = int(doy - (153*mp+2)/5 + 1)
	m = int(mp) + 3
	y = yoe + era*400
	if m > 12 {
		m -= 12
		y++
	}
	return y, m, d
}

// DaysInMonth returns 28 to 31.
func DaysInMonth(y int64, m int) int {
	switch m {
	case 4, 6, 9, 11:
		return 30
	case 2:
		if isLeap(y) {
			return 29
		}
		return 28
	}
	return 31
}

func isLeap(y int64) bool { return y%4 == 0 && (y%100 != 0 || y%400 == 0) }

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

// splitDay splits microseconds into days and the microseconds of the day.
func splitDay(us int64) (days, rest int64) {
	days = floorDiv(us, usecDay)
	return days, us - days*usecDay
}

// Offset returns the seconds east of UTC of zone (nil: UTC) at a moment.
func Offset(us int64, zone *time.Location) int {
	if zone == nil || zone == time.UTC {
		return 0
	}
	_, off := time.Unix(floorDiv(us, usecSecond), 0).In(zone).Zone()
	return off
}

// ToLocal returns the wall-clock timestamp of a moment in zone.
func ToLocal(us int64, zone *time.Location) int64 {
	if us == PosInf || us == NegInf {
		return us
	}
	return us + int64(Offset(us, zone))*usecSecond
}

// FromLocal returns the moment of a wall-clock timestamp in zone. As Postgres does it
// takes standard time for what is ambiguous, and for a gap the offset before it.
func FromLocal(us int64, zone *time.Location) int64 {
	if us == PosInf || us == NegInf || zone == nil || zone == time.UTC {
		return us
	}
	before := int64(Offset(us-usecDay, zone)) * usecSecond
	after := int64(Offset(us+usecDay, zone)) * usecSecond
	if before == after {
		// Two changes within two days cancel out; look closer.
		off := int64(Offset(us-before, zone)) * usecSecond
		return us - off
	}
	return resolveLocal(us, before, after, zone)
}

func resolveLocal(us, before, after int64, zone *time.Location) int64 {
	a, b := us-before, us-after
	okA := int64(Offset(a, zone))*usecSecond == before
	okB := int64(Offset(b, zone))*usecSecond == after
	switch {
	case okA && !okB:
		return a
	case okB && !okA:
		return b
	case okA && okB: // the hour that happens twice: the later, standard one
		return max(a, b)
	}
	return a // the hour that never happens: the offset before the change
}

func errStampRange() error { return fault.SQL("22008", "timestamp out of range") }

// CheckStamp returns us, or the range error of timestamps.
func CheckStamp(us int64) (int64, error) {
	if us == PosInf || us == NegInf || us >= minStamp && us < endStamp {
		return us, nil
	}
	return 0, errStampRange()
}

// appendPadded appends n with at least width digits.
func appendPadded(dst []byte, n int64, width int) []byte {
	var b [20]byte
	i := len(b)
	for n > 0 || width > 0 {
		i--
		b[i] = byte('0' + n%10)
		n /= 10
		width--
	}
	return append(dst, b[i:]...)
}

// appendDate appends a date; a year before 1 shows as BC.
func appendDate(dst []byte, days int64) []byte {
	if dst, ok := appendInfinity(dst, days); ok {
		return dst
	}
	dst, bc := appendYMD(dst, days)
	return appendBC(dst, bc)
}

func appendInfinity(dst []byte, i int64) ([]byte, bool) {
	switch i {
	case PosInf:
		return append(dst, "infinity"...), true
	case NegInf:
		return append(dst, "-infinity"...), true
	}
	return dst, false
}

func appendYMD(dst []byte, days int64) ([]byte, bool) {
	y, m, d := CivilFromDays(days)
	bc := y <= 0
	if bc {
		y = 1 - y
	}
	dst = append(appendPadded(dst, y, 4), '-')
	dst = append(appendPadded(dst, int64(m), 2), '-')
	return appendPadded(dst, int64(d), 2), bc
}

func appendBC(dst []byte, bc bool) []byte {
	if bc {
		return append(dst, " BC"...)
	}
	return dst
}

// appendTime appends a time of day: 04:05:06.5.
func appendTime(dst []byte, us int64) []byte {
	dst = append(appendPadded(dst, us/usecHour, 2), ':')
	dst = append(appendPadded(dst, us/usecMinute%60, 2), ':')
	dst = appendPadded(dst, us/usecSecond%60, 2)
	return appendMicros(dst, us%usecSecond)
}

// appendMicros appends a fraction of a second without trailing zeros.
func appendMicros(dst []byte, us int64) []byte {
	if us == 0 {
		return dst
	}
	dst = appendPadded(append(dst, '.'), us, 6)
	for dst[len(dst)-1] == '0' {
		dst = dst[:len(dst)-1]
	}
	return dst
}

// appendOffset appends a zone offset: +02, -03:30, +05:53:28; full always has minutes.
func appendOffset(dst []byte, sec int, full bool) []byte {
	c := byte('+')
	if sec < 0 {
		c, sec = '-', -sec
	}
	dst = appendPadded(append(dst, c), int64(sec/3600), 2)
	if full || sec%3600 != 0 {
		dst = appendPadded(append(dst, ':'), int64(sec/60%60), 2)
	}
	if sec%60 != 0 {
		dst = appendPadded(append(dst, ':'), int64(sec%60), 2)
	}
	return dst
}

// appendTimestamp appends a timestamp; sep is ' ' for text and 'T' for JSON.
func appendTimestamp(dst []byte, us int64, sep byte) []byte {
	if dst, ok := appendInfinity(dst, us); ok {
		return dst
	}
	days, rest := splitDay(us)
	dst, bc := appendYMD(dst, days)
	return appendBC(appendTime(append(dst, sep), rest), bc)
}

// appendTimestamptz is appendTimestamp in zone, with the offset.
func appendTimestamptz(dst []byte, us int64, zone *time.Location, sep byte) []byte {
	if dst, ok := appendInfinity(dst, us); ok {
		return dst
	}
	off := Offset(us, zone)
	days, rest := splitDay(us + int64(off)*usecSecond)
	dst, bc := appendYMD(dst, days)
	dst = appendOffset(appendTime(append(dst, sep), rest), off, sep == 'T')
	return appendBC(dst, bc)
}
