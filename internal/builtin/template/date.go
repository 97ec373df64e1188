package template

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/value"
)

const (
	usecSecond = int64(1_000_000)
	usecHour   = 3600 * usecSecond
	usecDay    = 24 * usecHour
)

var (
	months = []string{"January", "February", "March", "April", "May", "June", "July", "August", "September",
		"October", "November", "December"}
	days   = []string{"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"}
	romans = []string{"I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII"}
)

// moment is what a date template prints: a wall clock, or an interval.
type moment struct {
	y      int64
	m, d   int
	days   int64 // since 1970; intervals have none
	us     int64 // of the day
	span   bool
	zone   string
	offset int
	hour   int64
}

// Stamp prints a wall-clock timestamp; zone and offset are those of TZ and OF.
func Stamp(us int64, format, zone string, offset int) string {
	t := moment{days: floorDiv(us, usecDay), zone: zone, offset: offset}
	t.us = us - t.days*usecDay
	t.y, t.m, t.d = value.CivilFromDays(t.days)
	t.hour = t.us / usecHour
	return t.print(format)
}

// Interval prints an interval.
func Interval(v value.Value, format string) string {
	t := moment{y: int64(v.M / 12), m: int(v.M % 12), d: int(v.D), us: v.I, span: true}
	t.hour = v.I / usecHour
	return t.print(format)
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b != 0 && (a < 0) != (b < 0) {
		q--
	}
	return q
}

func (t *moment) print(format string) string {
	var b strings.Builder
	for _, n := range scan(format) {
		if n.key == "" {
			b.WriteString(n.text)
			continue
		}
		s := t.field(n)
		if n.suffix != "" {
			s += ordinal(s, n.suffix)
		}
		b.WriteString(s)
	}
	return b.String()
}

// ordinal is st, nd, rd or th in the suffix's case.
func ordinal(s, suffix string) string {
	o := "th"
	if i, err := strconv.Atoi(strings.TrimSpace(s)); err == nil && i%100/10 != 1 {
		switch i % 10 {
		case 1:
			o = "st"
		case 2:
			o = "nd"
		case 3:
			o = "rd"
		}
	}
	if suffix == "TH" {
		return strings.ToUpper(o)
	}
	return o
}

func (n node) num(i int64, width int) string {
	if n.fill {
		return strconv.FormatInt(i, 10)
	}
	return fmt.Sprintf("%0*d", width, i)
}

// signed prints two digits and a sign besides.
func (n node) signed(i int64) string {
	if i < 0 {
		return n.num(i, 3)
	}
	return n.num(i, 2)
}

// name prints a name in the case of the pattern, padded to width.
func (n node) name(s string, width int) string {
	switch {
	case n.text == strings.ToUpper(n.text):
		s = strings.ToUpper(s)
	case n.text[0] >= 'a':
		s = strings.ToLower(s)
	}
	if n.fill {
		return s
	}
	return s + strings.Repeat(" ", max(width-len(s), 0))
}

// word is one of two, in the pattern's case.
func (n node) word(second bool, a, b string) string {
	if second {
		a = b
	}
	if strings.Contains(n.key, ".") {
		a = a[:1] + "." + a[1:] + "."
	}
	if n.text[0] >= 'a' {
		return strings.ToLower(a)
	}
	return a
}

func (t *moment) field(n node) string {
	switch n.key[0] {
	case 'H', 'M', 'S', 'F', 'U':
		if s, ok := t.clock(n); ok {
			return s
		}
	case 'T', 'O':
		return t.zoned(n)
	case 'Y', 'I', 'C':
		return t.year(n)
	}
	return t.day(n)
}

func (t *moment) clock(n node) (string, bool) {
	sub := t.us % usecSecond
	switch n.key {
	case "HH24":
		return n.signed(t.hour), true
	case "HH", "HH12":
		h := t.hour % 12
		if h == 0 {
			h = 12
		}
		return n.signed(h), true
	case "MI":
		return n.signed(t.us / (60 * usecSecond) % 60), true
	case "SS":
		return n.signed(t.us / usecSecond % 60), true
	case "MS":
		return n.num(sub/1000, 3), true
	case "US":
		return n.num(sub, 6), true
	case "SSSS", "SSSSS":
		return strconv.FormatInt(t.us/usecSecond, 10), true
	}
	if strings.HasPrefix(n.key, "FF") {
		return fmt.Sprintf("%06d", sub)[:n.key[2]-'0'], true
	}
	return "", false
}

func (t *moment) zoned(n node) string {
	off, sign := t.offset, "+"
	if off < 0 {
		off, sign = -off, "-"
	}
	switch n.key {
	case "TZ":
		if n.text == "tz" {
			return strings.ToLower(t.zone)
		}
		return t.zone
	case "TZH":
		return fmt.Sprintf("%s%02d", sign, off/3600)
	case "TZM":
		return fmt.Sprintf("%02d", off/60%60)
	}
	s := fmt.Sprintf("%s%02d", sign, off/3600)
	if off%3600 != 0 {
		s += fmt.Sprintf(":%02d", off/60%60)
	}
	return s
}

// shown is the year as printed: BC counts from 1.
func shown(y int64) int64 {
	if y <= 0 {
		return 1 - y
	}
	return y
}

func (t *moment) year(n node) string {
	y := shown(t.y)
	if t.span {
		y = t.y
	}
	switch n.key {
	case "CC":
		if t.span {
			return n.num(t.y/100, 2)
		}
		return n.num((y+99)/100, 2)
	case "Y,YYY":
		return fmt.Sprintf("%d,%03d", y/1000, y%1000)
	case "YYYY":
		return n.num(y, 4)
	case "YYY":
		return n.num(y%1000, 3)
	case "YY":
		return n.num(y%100, 2)
	case "Y":
		return n.num(y%10, 1)
	case "ID":
		return n.num(int64(isoDay(t.days)), 1)
	}
	iy, week := isoWeek(t.days)
	switch n.key {
	case "IW":
		return n.num(int64(week), 2)
	case "IDDD":
		return n.num(int64((week-1)*7+isoDay(t.days)), 3)
	}
	width := len(n.key)
	mod := []int64{0, 10, 100, 1000, 1 << 40}[width]
	return n.num(iy%mod, width)
}

func (t *moment) day(n node) string {
	doy := t.days - value.DaysFromCivil(t.y, 1, 1) + 1
	dow := (t.days%7 + 11) % 7
	switch n.key {
	case "AM", "PM", "A.M.", "P.M.":
		return n.word((t.hour%24+24)%24 >= 12, "AM", "PM")
	case "BC", "AD", "B.C.", "A.D.":
		return n.word(t.y <= 0, "AD", "BC")
	case "MM":
		return n.num(int64(t.m), 2)
	case "MONTH", "MON", "RM":
		return t.month(n)
	case "DAY":
		return n.name(days[dow], 9)
	case "DY":
		return n.name(days[dow][:3], 0)
	case "DDD":
		return n.num(doy, 3)
	case "DD":
		return n.num(int64(t.d), 2)
	case "D":
		return n.num(dow+1, 1)
	case "WW":
		return n.num((doy-1)/7+1, 2)
	case "W":
		return n.num(int64((t.d-1)/7+1), 1)
	case "J":
		return strconv.FormatInt(t.days+2440588, 10)
	case "Q":
		return strconv.Itoa((t.m-1)/3 + 1)
	}
	return n.text
}

func (t *moment) month(n node) string {
	if t.m < 1 || t.m > 12 {
		return ""
	}
	switch n.key {
	case "MONTH":
		return n.name(months[t.m-1], 9)
	case "MON":
		return n.name(months[t.m-1][:3], 0)
	}
	return n.name(romans[t.m-1], 4)
}

// isoDay is 1 for Monday to 7 for Sunday.
func isoDay(days int64) int { return int(((days+3)%7+7)%7) + 1 }

// isoWeek is the ISO year and week of a day.
func isoWeek(days int64) (year int64, week int) {
	thursday := days - int64(isoDay(days)) + 4
	y, _, _ := value.CivilFromDays(thursday)
	return y, int((thursday-value.DaysFromCivil(y, 1, 1))/7) + 1
}
