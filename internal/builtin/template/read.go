package template

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/value"
)

// reading is what a template found in a text.
type reading struct {
	src        string
	pos        int
	y          int64
	m, d, doy  int
	us         int64
	hour       int64
	pm, am, bc bool
	twelve     bool
	julian     int64
	offset     int
	zoned      bool
}

// Moment is what was read: days since 1970, microseconds of the day, and the offset
// in seconds if the text named one.
type Moment struct {
	Day, Micros int64
	Offset      int
	Zoned       bool
}

// Read reads s with a date template.
func Read(s, format string) (Moment, error) {
	r := reading{src: s, m: 1, d: 1}
	nodes := scan(format)
	for i, n := range nodes {
		if n.key == "" {
			r.literal(n)
			continue
		}
		next := i+1 < len(nodes) && nodes[i+1].key != ""
		if err := r.field(n, next); err != nil {
			return Moment{}, err
		}
		if n.suffix != "" {
			r.pos = min(r.pos+2, len(s))
		}
	}
	day, us, err := r.finish()
	return Moment{day, us, r.offset, r.zoned}, err
}

func (r *reading) space() {
	for r.pos < len(r.src) && (r.src[r.pos] == ' ' || r.src[r.pos] == '\t' || r.src[r.pos] == '\n') {
		r.pos++
	}
}

// literal skips as many characters as the template has; separators match any others.
func (r *reading) literal(n node) {
	for _, c := range n.text {
		if r.pos >= len(r.src) {
			return
		}
		if c == ' ' {
			r.space()
			continue
		}
		at := r.src[r.pos]
		digitOrLetter := at >= '0' && at <= '9' || at|0x20 >= 'a' && at|0x20 <= 'z' || at == '+'
		if n.quoted || !digitOrLetter || c >= 'A' && c <= 'z' {
			r.pos++
		}
	}
}

// number reads up to width digits; without a pattern right behind, all of them.
func (r *reading) number(n node, width int) (int64, int, error) {
	r.space()
	from := r.pos
	if r.pos < len(r.src) && (r.src[r.pos] == '-' || r.src[r.pos] == '+') {
		r.pos++
	}
	digits := r.pos
	for r.pos < len(r.src) && r.pos-digits < width && r.src[r.pos] >= '0' && r.src[r.pos] <= '9' {
		r.pos++
	}
	i, err := strconv.ParseInt(r.src[from:r.pos], 10, 64)
	if err != nil {
		got := r.src[from:]
		if width < 10 && len(got) > width {
			got = got[:width]
		}
		return 0, 0, fault.SQL("22007", `invalid value "%s" for "%s"`, got, n.text).WithDetail("Value must be an integer.")
	}
	return i, r.pos - digits, nil
}

func (r *reading) name(n node, list []string, size int) (int, error) {
	r.space()
	for i, s := range list {
		if size > 0 {
			s = s[:size]
		}
		if len(r.src)-r.pos >= len(s) && strings.EqualFold(r.src[r.pos:r.pos+len(s)], s) {
			r.pos += len(s)
			return i, nil
		}
	}
	word, _, _ := strings.Cut(r.src[r.pos:], " ")
	return 0, fault.SQL("22007", `invalid value "%s" for "%s"`, word, n.text).
		WithDetail("The given value did not match any of the allowed values for this field.")
}

func (r *reading) field(n node, next bool) error {
	switch n.key {
	case "MONTH", "MON":
		size := 0
		if n.key == "MON" {
			size = 3
		}
		i, err := r.name(n, months, size)
		r.m = i + 1
		return err
	case "DAY":
		_, err := r.name(n, days, 0)
		return err
	case "DY":
		_, err := r.name(n, days, 3)
		return err
	case "AM", "PM":
		i, err := r.name(n, []string{"AM", "PM"}, 0)
		r.am, r.pm, r.twelve = i == 0, i == 1, true
		return err
	case "A.M.", "P.M.":
		i, err := r.name(n, []string{"A.M.", "P.M."}, 0)
		r.am, r.pm, r.twelve = i == 0, i == 1, true
		return err
	case "BC", "AD":
		i, err := r.name(n, []string{"AD", "BC"}, 0)
		r.bc = i == 1
		return err
	case "TZH", "OF", "TZ":
		return r.zone(n)
	}
	return r.digits(n, next)
}

func (r *reading) zone(n node) error {
	h, _, err := r.number(n, 2)
	if err != nil {
		return err
	}
	r.zoned, r.offset = true, int(h)*3600
	if r.pos < len(r.src) && r.src[r.pos] == ':' && n.key != "TZH" {
		r.pos++
		m, _, err := r.number(n, 2)
		if err != nil {
			return err
		}
		r.offset += int(m) * 60
	}
	return nil
}

// widths are the digits that a pattern takes where another one follows directly.
var widths = map[string]int{
	"YYYY": 4, "YYY": 3, "YY": 2, "Y": 1, "MM": 2, "DD": 2, "DDD": 3, "HH24": 2, "HH12": 2, "HH": 2, "MI": 2, "SS": 2,
	"MS": 3, "US": 6, "FF1": 1, "FF2": 2, "FF3": 3, "FF4": 4, "FF5": 5, "FF6": 6, "J": 9, "TZM": 2,
	"IYYY": 4, "IW": 2, "ID": 1, "Q": 1, "W": 1, "WW": 2, "CC": 2, "D": 1, "SSSS": 5, "SSSSS": 5,
}

func (r *reading) digits(n node, next bool) error {
	width, ok := widths[n.key]
	if !ok {
		return fault.SQL("0A000", `formatting field "%s" is only supported in to_char`, n.text)
	}
	if !next && (n.key[0] == 'Y' || n.key == "J") {
		width = 10
	}
	i, got, err := r.number(n, width)
	if err != nil {
		return err
	}
	switch n.key {
	case "YYYY":
		r.y = i
	case "YYY", "YY", "Y":
		r.y = shortYear(i, got)
	case "MM":
		r.m = int(i)
	case "DD":
		r.d = int(i)
	case "DDD":
		r.doy = int(i)
	case "HH24":
		r.hour = i
	case "HH12", "HH":
		r.hour, r.twelve = i, true
		if i < 1 || i > 12 {
			return fault.SQL("22007", `hour "%d" is invalid for the 12-hour clock`, i).
				WithHint("Use the 24-hour clock, or give an hour between 1 and 12.")
		}
	case "MI":
		r.us += i * 60 * usecSecond
		return inRange(i, 59)
	case "SS":
		r.us += i * usecSecond
		return inRange(i, 59)
	case "SSSS", "SSSSS":
		r.us += i * usecSecond
	case "J":
		r.julian = i
	case "TZM":
		r.offset += int(i) * 60
	default:
		r.fraction(n.key, i, got)
	}
	return nil
}

func inRange(i, limit int64) error {
	if i < 0 || i > limit {
		return fault.SQL("22008", "date/time field value out of range")
	}
	return nil
}

// fraction reads .5 as half a second, whatever the pattern's width.
func (r *reading) fraction(key string, i int64, got int) {
	if key != "MS" && key != "US" && !strings.HasPrefix(key, "FF") {
		return
	}
	for ; got < 6; got++ {
		i *= 10
	}
	r.us += i
}

// shortYear completes years of less than four digits to the nearest to 2020.
func shortYear(y int64, digits int) int64 {
	switch {
	case digits > 3:
		return y
	case y < 70:
		return y + 2000
	case y < 100:
		return y + 1900
	case y < 520:
		return y + 2000
	}
	return y + 1000
}

func (r *reading) finish() (day, us int64, err error) {
	if r.twelve {
		switch {
		case r.pm && r.hour < 12:
			r.hour += 12
		case !r.pm && r.hour == 12:
			r.hour = 0
		}
	}
	bad := fault.SQL("22008", `date/time field value out of range: "%s"`, r.src)
	if r.hour < 0 || r.hour > 23 {
		return 0, 0, bad
	}
	us = r.us + r.hour*usecHour
	if r.julian != 0 {
		return r.julian - 2440588, us, nil
	}
	y := r.y
	if y == 0 || r.bc {
		y = 1 - y
		if r.y == 0 {
			y = 0 // no year at all reads as 1 BC
		}
	}
	if r.m < 1 || r.m > 12 || r.d < 1 || r.d > value.DaysInMonth(y, r.m) {
		return 0, 0, bad
	}
	if r.doy > 0 {
		return value.DaysFromCivil(y, 1, 1) + int64(r.doy) - 1, us, nil
	}
	return value.DaysFromCivil(y, r.m, r.d), us, nil
}
