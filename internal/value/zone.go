package value

import (
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// abbreviations are the usual ones of Postgres' default set, in minutes east.
var abbreviations = map[string]int{
	"z": 0, "utc": 0, "gmt": 0, "ut": 0, "uct": 0, "zulu": 0, "wet": 0, "west": 60, "bst": 60, "wetdst": 60,
	"cet": 60, "cest": 120, "cetdst": 120, "met": 60, "mest": 120, "eet": 120, "eest": 180, "msk": 180, "msd": 240,
	"est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480, "pdt": -420,
	"akst": -540, "akdt": -480, "hst": -600, "ast": -240, "adt": -180, "nst": -210, "ndt": -150,
	"ist": 120, "idt": 180, "jst": 540, "kst": 540, "hkt": 480, "pkt": 300, "nzst": 720, "nzdt": 780,
	"aest": 600, "aedt": 660, "acst": 570, "acdt": 630, "awst": 480, "sast": 120, "brt": -180, "art": -180,
	"clt": -180, "pet": -300, "cot": -300, "wib": 420, "wita": 480, "wit": 540, "pht": 480, "npt": 345,
	"sgt": 480, "myt": 480, "ict": 420, "trt": 180, "gst": 240,
}

// LoadZone returns the zone of a name, an abbreviation or a POSIX offset, whose sign
// counts west: what SET timezone and AT TIME ZONE take.
func LoadZone(name string) (*time.Location, error) {
	if z, ok := zoneByName(name); ok {
		return z, nil
	}
	return nil, fault.SQL("22023", `time zone "%s" not recognized`, name)
}

func zoneByName(name string) (*time.Location, bool) {
	low := strings.ToLower(name)
	switch low {
	case "utc", "z", "gmt", "etc/utc", "zulu", "uct":
		return time.UTC, true
	case "", "local":
		return nil, false
	}
	if min, ok := abbreviations[low]; ok {
		return time.FixedZone(strings.ToUpper(name), min*60), true
	}
	if z, err := time.LoadLocation(name); err == nil {
		return z, true
	}
	if z, err := time.LoadLocation(titleZone(low)); err == nil {
		return z, true
	}
	return posixZone(name)
}

// titleZone writes america/new_york as America/New_York.
func titleZone(low string) string {
	b := []byte(low)
	for i := range b {
		if (i == 0 || b[i-1] == '/' || b[i-1] == '_' || b[i-1] == '-') && isAlpha(b[i]) {
			b[i] -= 'a' - 'A'
		}
	}
	return string(b)
}

// posixZone reads UTC+3 or +3: hours west of Greenwich.
func posixZone(name string) (*time.Location, bool) {
	rest := name[run(name, isAlpha):]
	if rest == "" {
		return nil, false
	}
	if rest[0] != '+' && rest[0] != '-' {
		rest = "+" + rest
	}
	sec, ok := parseOffset(rest)
	if !ok {
		return nil, false
	}
	return time.FixedZone(name, -sec), true
}

// parseOffset reads +hh, +hhmm, +hh:mm or +hh:mm:ss as seconds.
func parseOffset(s string) (int, bool) {
	neg := s[0] == '-'
	parts := strings.Split(s[1:], ":")
	if len(parts) == 1 && len(s) > 3 {
		d := s[1:]
		parts = []string{d[:len(d)-2], d[len(d)-2:]}
		if len(d) == 6 {
			parts = []string{d[:2], d[2:4], d[4:]}
		}
	}
	if len(parts) > 3 {
		return 0, false
	}
	sec, unit := 0, 3600
	for i, p := range parts {
		n, err := strconv.Atoi(p)
		if err != nil || !allDigits(p) || i > 0 && n > 59 || i == 0 && n > 15 {
			return 0, false
		}
		sec += n * unit
		unit /= 60
	}
	if neg {
		sec = -sec
	}
	return sec, true
}
