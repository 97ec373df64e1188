package value

import (
	"math"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
)

// intervalSum collects the fields of an interval's text.
type intervalSum struct {
	months, days, us int64
	seen             map[string]bool
	overflow         bool
}

func parseInterval(t *Type, s string) (Value, error) {
	var sum *intervalSum
	ok := false
	if w := trimSpace(s); strings.HasPrefix(w, "P") || strings.HasPrefix(w, "-P") {
		sum, ok = readISOInterval(w)
	} else if fields, fine := splitDatetime(s); fine && len(fields) > 0 {
		sum, ok = readInterval(fields)
	}
	if !ok {
		return Value{}, fault.SQL("22007", `invalid input syntax for type interval: "%s"`, s)
	}
	if sum.overflow {
		return Value{}, fault.SQL("22015", `interval field value out of range: "%s"`, s)
	}
	if sum.months != int64(int32(sum.months)) || sum.days != int64(int32(sum.days)) {
		return Value{}, errIntervalRange()
	}
	return fitPrecision(t, Span(int32(sum.months), int32(sum.days), sum.us)), nil
}

// readInterval goes from the last field to the first, since a unit stands behind its number.
func readInterval(fields []dtField) (*intervalSum, bool) {
	sum := &intervalSum{seen: map[string]bool{}}
	unit, ago := "", false
	for i := len(fields) - 1; i >= 0; i-- {
		f := fields[i]
		switch {
		case f.kind == dtWord && strings.EqualFold(f.text, "ago"):
			ago, unit = true, "ago"
		case f.kind == dtWord:
			name, ok := intervalUnit(f.text)
			if !ok {
				return nil, false
			}
			unit = name
		case f.kind == dtTime || f.kind == dtZone && strings.ContainsRune(f.text, ':'):
			if !sum.clock(f.text) {
				return nil, false
			}
			unit = "day"
		case f.kind == dtSigned:
			return nil, false
		default:
			if unit == "ago" || !sum.number(f.text, unit) {
				return nil, false
			}
		}
	}
	if len(sum.seen) == 0 {
		return nil, false
	}
	if ago {
		sum.months, sum.days, sum.us = -sum.months, -sum.days, -sum.us
	}
	return sum, true
}

func intervalUnit(w string) (string, bool) {
	u, ok := fieldNames[strings.ToLower(w)]
	switch u {
	case "epoch", "dow", "isodow", "doy", "isoyear", "julian", "timezone", "timezone_hour",
		"timezone_minute", "quarter":
		return "", false
	}
	return u, ok
}

func (s *intervalSum) mark(unit string) bool {
	if s.seen[unit] {
		return false
	}
	s.seen[unit] = true
	return true
}

// clock reads [sign]hh:mm[:ss[.f]], and mm:ss.f where a fraction shows it.
func (s *intervalSum) clock(text string) bool {
	neg := text[0] == '-'
	parts := strings.Split(strings.TrimLeft(text, "+-"), ":")
	if len(parts) > 3 || !s.mark("hour") || !s.mark("minute") || !s.mark("second") {
		return false
	}
	sec := ""
	if len(parts) == 3 {
		sec = parts[2]
	} else if strings.ContainsRune(parts[1], '.') {
		parts, sec = []string{"0", parts[0]}, parts[1]
	}
	h, err1 := strconv.ParseInt(parts[0], 10, 64)
	m, err2 := strconv.ParseInt("0"+parts[1], 10, 32)
	us, ok := parseSeconds(sec)
	if err1 != nil || err2 != nil || !ok {
		return false
	}
	if m > 59 || us > 60*usecSecond || h > math.MaxInt64/usecHour {
		s.overflow = true
		return true
	}
	for _, n := range []int64{h * usecHour, m * usecMinute, us} {
		if neg {
			n = -n
		}
		s.addMicros(n)
	}
	return true
}

// number adds one number of a unit; none means seconds, and years-months show by a dash.
func (s *intervalSum) number(text, unit string) bool {
	neg := text[0] == '-'
	body := strings.TrimLeft(text, "+-")
	if y, m, dash := strings.Cut(body, "-"); dash {
		return s.yearMonth(y, m, neg)
	}
	whole, frac, point := strings.Cut(body, ".")
	if !allDigits(whole) || !allDigits(frac) || whole == "" && frac == "" {
		return false
	}
	if whole == "" {
		whole = "0"
	}
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		s.overflow = true
		return s.mark(unit)
	}
	f := 0.0
	if point {
		f, _ = strconv.ParseFloat("0."+frac+"0", 64)
	}
	if neg {
		n, f = -n, -f
	}
	if unit == "" {
		unit = "second"
	}
	return s.mark(unit) && s.add(unit, n, f)
}

func (s *intervalSum) yearMonth(y, m string, neg bool) bool {
	yn, err1 := strconv.ParseInt(y, 10, 32)
	mn, err2 := strconv.ParseInt(m, 10, 32)
	if err1 != nil || err2 != nil || !s.mark("month") {
		return false
	}
	if mn > 11 {
		s.overflow = true
	}
	n := yn*12 + mn
	if neg {
		n = -n
	}
	s.months += n
	return true
}

// unitMonths and unitMicros are the sizes of the units.
var unitMonths = map[string]int64{"month": 1, "year": 12, "decade": 120, "century": 1200, "millennium": 12000}

var unitMicros = map[string]int64{"microseconds": 1, "milliseconds": 1000, "second": usecSecond,
	"minute": usecMinute, "hour": usecHour}

func (s *intervalSum) add(unit string, n int64, f float64) bool {
	if m, ok := unitMonths[unit]; ok {
		if n > math.MaxInt32 || n < math.MinInt32 {
			s.overflow = true
			return true
		}
		s.months += n * m
		if m == 1 {
			s.addDays(f * 30)
		} else {
			s.months += int64(math.RoundToEven(f * float64(m)))
		}
		return true
	}
	if u, ok := unitMicros[unit]; ok {
		if n > math.MaxInt64/u || n < math.MinInt64/u {
			s.overflow = true
			return true
		}
		s.addMicros(n * u)
		s.addMicros(int64(math.RoundToEven(f * float64(u))))
		return true
	}
	days := int64(1)
	if unit == "week" {
		days = 7
	}
	if n > math.MaxInt32 || n < math.MinInt32 {
		s.overflow = true
		return true
	}
	s.days += n * days
	s.addDays(f * float64(days))
	return true
}

// addDays adds a number of days whose fraction becomes time.
func (s *intervalSum) addDays(d float64) {
	whole := math.Trunc(d)
	s.days += int64(whole)
	s.addMicros(int64(math.RoundToEven((d - whole) * float64(usecDay))))
}

func (s *intervalSum) addMicros(us int64) {
	n, ok := addInt64(s.us, us)
	s.us, s.overflow = n, s.overflow || !ok && us != 0
}

// isoUnits are the letters of ISO 8601 before and after the T.
var isoUnits = [2]map[byte]string{
	{'Y': "year", 'M': "month", 'W': "week", 'D': "day"},
	{'H': "hour", 'M': "minute", 'S': "second"},
}

// readISOInterval reads P1Y2M3DT4H5M6.7S.
func readISOInterval(w string) (*intervalSum, bool) {
	sum := &intervalSum{seen: map[string]bool{}}
	half := 0
	if w[0] != 'P' || w == "P" {
		return nil, false
	}
	for w = w[1:]; w != ""; {
		if w[0] == 'T' {
			half, w = 1, w[1:]
			continue
		}
		if rest, ok := sum.isoAlternative(w, half); ok {
			w = rest
			continue
		}
		n := run(w, func(c byte) bool { return isDigit(c) || c == '.' || c == '-' || c == '+' })
		if n == 0 || n == len(w) {
			return nil, false
		}
		unit, ok := isoUnits[half][w[n]]
		if !ok || strings.LastIndexAny(w[:n], "+-") > 0 || !sum.number(w[:n], unit) {
			return nil, false
		}
		w = w[n+1:]
	}
	return sum, true
}

// isoAlternative reads the form P0001-02-03T04:05:06, date and time apart.
func (s *intervalSum) isoAlternative(w string, half int) (string, bool) {
	part, rest, _ := strings.Cut(w, "T")
	if half == 1 {
		return "", strings.ContainsRune(w, ':') && !strings.ContainsAny(w, "HMS") && s.clock(w)
	}
	p := strings.Split(part, "-")
	if len(p) != 3 || p[0] == "" {
		return "", false
	}
	var n [3]int64
	for i := range p {
		var err error
		if n[i], err = strconv.ParseInt(p[i], 10, 32); err != nil {
			return "", false
		}
	}
	s.months, s.days = n[0]*12+n[1], n[2]
	if part != w {
		rest = "T" + rest
	}
	return rest, true
}
