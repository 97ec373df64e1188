package value

import "strings"

// dtField is one piece of date/time text.
type dtField struct {
	kind dtKind
	text string // lower case, but for zone names as written
}

type dtKind uint8

const (
	dtNumber dtKind = iota // digits, maybe with a fraction
	dtDate                 // digits and letters joined by - / or .
	dtTime                 // digits with colons
	dtWord                 // letters
	dtZone                 // a sign and digits
	dtSigned               // a sign and letters: -infinity
)

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isAlpha(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// splitDatetime cuts s into fields as Postgres does; false where a character fits none.
func splitDatetime(s string) ([]dtField, bool) {
	var out []dtField
	for i := 0; i < len(s); {
		c := s[i]
		var f dtField
		var n int
		switch {
		case isSpace(c):
			i++
			continue
		case isDigit(c):
			f, n = scanDigits(s[i:])
		case c == '.' && i+1 < len(s) && isDigit(s[i+1]):
			n = 1 + run(s[i+1:], isDigit)
			f = dtField{dtNumber, s[i : i+n]}
		case isAlpha(c):
			f, n = scanWord(s[i:])
		case c == '+' || c == '-':
			if f, n = scanSign(s[i:]); n == 0 {
				return nil, false
			}
		case c > ' ' && c < 0x7f: // punctuation counts for nothing
			i++
			continue
		default:
			return nil, false
		}
		out = append(out, f)
		if i += n; len(out) > 25 {
			return nil, false
		}
	}
	return out, true
}

// run counts the leading bytes of s for which ok holds.
func run(s string, ok func(byte) bool) int {
	i := 0
	for i < len(s) && ok(s[i]) {
		i++
	}
	return i
}

func scanDigits(s string) (dtField, int) {
	n := run(s, isDigit)
	if n == len(s) {
		return dtField{dtNumber, s}, n
	}
	switch delim := s[n]; delim {
	case ':':
		n += run(s[n:], func(c byte) bool { return isDigit(c) || c == ':' || c == '.' })
		return dtField{dtTime, s[:n]}, n
	case '-', '/', '.':
		return scanDate(s, n, delim)
	}
	return dtField{dtNumber, s[:n]}, n
}

func scanDate(s string, n int, delim byte) (dtField, int) {
	n++
	if n < len(s) && isDigit(s[n]) {
		kind := dtDate
		if delim == '.' {
			kind = dtNumber
		}
		n += run(s[n:], isDigit)
		if n < len(s) && s[n] == delim {
			kind = dtDate
			n += run(s[n:], func(c byte) bool { return isDigit(c) || c == delim })
		}
		return dtField{kind, s[:n]}, n
	}
	n += run(s[n:], func(c byte) bool { return isDigit(c) || isAlpha(c) || c == delim })
	return dtField{dtDate, strings.ToLower(s[:n])}, n
}

// scanWord reads letters; with a delimiter after them it is a date (Feb-04-1999) or a
// zone's name (America/New_York, Etc/GMT+3).
func scanWord(s string) (dtField, int) {
	n := run(s, isAlpha)
	if n == len(s) || !strings.ContainsRune("-/._+", rune(s[n])) && !isDigit(s[n]) ||
		(s[n] == '+' || isDigit(s[n])) && dateWord(strings.ToLower(s[:n])) {
		return dtField{dtWord, s[:n]}, n
	}
	if _, month := monthNames[clip3(s[:n])]; month && s[n] != '_' && n+1 < len(s) && isDigit(s[n+1]) {
		n += run(s[n:], func(c byte) bool { return isDigit(c) || isAlpha(c) || c == '-' || c == '/' || c == '.' })
		return dtField{dtDate, strings.ToLower(s[:n])}, n
	}
	n += run(s[n:], func(c byte) bool {
		return isDigit(c) || isAlpha(c) || c == '-' || c == '+' || c == '/' || c == '_'
	})
	return dtField{dtWord, s[:n]}, n
}

func scanSign(s string) (dtField, int) {
	n := 1 + run(s[1:], isSpace)
	switch {
	case n < len(s) && isDigit(s[n]):
		e := n + run(s[n:], func(c byte) bool { return isDigit(c) || c == ':' || c == '.' || c == '-' })
		return dtField{dtZone, s[:1] + s[n:e]}, e
	case n < len(s) && isAlpha(s[n]):
		e := n + run(s[n:], isAlpha)
		return dtField{dtSigned, s[:1] + strings.ToLower(s[n:e])}, e
	}
	return dtField{}, 0
}

// dateWord reports whether w is one of the words that digits may follow at once.
func dateWord(w string) bool {
	switch w {
	case "t", "at", "on", "am", "pm", "bc", "ad", "j", "jd", "julian", "y", "m", "d", "h", "mm", "s":
		return true
	}
	_, unit := fieldNames[w]
	return unit || monthOf(w) > 0 || isWeekday(w)
}

// clip3 is the lower-case abbreviation by which months and days go.
func clip3(s string) string { return strings.ToLower(s[:min(len(s), 3)]) }

var monthNames = map[string]int{
	"jan": 1, "feb": 2, "mar": 3, "apr": 4, "may": 5, "jun": 6,
	"jul": 7, "aug": 8, "sep": 9, "oct": 10, "nov": 11, "dec": 12,
}

var monthLong = [...]string{"", "january", "february", "march", "april", "may", "june", "july",
	"august", "september", "october", "november", "december"}

// monthOf returns the number of a month's name, 0 if it is none.
func monthOf(w string) int {
	m := monthNames[clip3(w)]
	if m == 0 || len(w) != 3 && w != monthLong[m] && w != "sept" {
		return 0
	}
	return m
}

func isWeekday(w string) bool {
	switch w {
	case "sun", "mon", "tue", "tues", "wed", "weds", "thu", "thur", "thurs", "fri", "sat",
		"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday":
		return true
	}
	return false
}
