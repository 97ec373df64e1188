package job

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Cron is a parsed schedule.
type Cron struct {
	minute, hour, day, month, weekday uint64 // bit n: value n matches
	anyDay, anyWeekday                bool
	roaming                           bool // a star in minute or hour: it follows the clock's face, not the day
}

// field bounds a part of a schedule.
type field struct {
	name     string
	min, max int
	names    []string
}

func fields() [5]field {
	return [5]field{
		{"minute", 0, 59, nil}, {"hour", 0, 23, nil}, {"day of month", 1, 31, nil},
		{"month", 1, 12, []string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}},
		{"day of week", 0, 7, []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}},
	}
}

// ParseCron reads "minute hour day-of-month month day-of-week" with *, lists, ranges,
// steps and English names, or @hourly, @daily, @weekly, @monthly, @yearly. A day
// matches if the day of month or the day of week does, where neither begins with *.
func ParseCron(spec string) (*Cron, error) {
	switch spec {
	case "@hourly":
		spec = "0 * * * *"
	case "@daily", "@midnight":
		spec = "0 0 * * *"
	case "@weekly":
		spec = "0 0 * * 0"
	case "@monthly":
		spec = "0 0 1 * *"
	case "@yearly", "@annually":
		spec = "0 0 1 1 *"
	}
	parts := strings.Fields(spec)
	if len(parts) != 5 {
		return nil, fmt.Errorf("a schedule has five fields, this has %d: %q", len(parts), clip(spec))
	}
	c := &Cron{}
	for i, f := range fields() {
		bits, err := f.parse(strings.ToLower(parts[i]))
		if err != nil {
			return nil, err
		}
		*[]*uint64{&c.minute, &c.hour, &c.day, &c.month, &c.weekday}[i] = bits
	}
	c.weekday |= c.weekday >> 7 & 1 // 7 is Sunday too
	c.anyDay, c.anyWeekday = parts[2][0] == '*', parts[4][0] == '*'
	c.roaming = parts[0][0] == '*' || parts[1][0] == '*'
	return c, nil
}

func clip(s string) string { return s[:min(len(s), 60)] }

func (f field) parse(text string) (uint64, error) {
	var bits uint64
	for part := range strings.SplitSeq(text, ",") {
		b, err := f.part(part)
		if err != nil {
			return 0, err
		}
		bits |= b
	}
	return bits, nil
}

// part reads one member of a list: *, n, n-m, each with /step where it is a range.
func (f field) part(text string) (uint64, error) {
	bad := fmt.Errorf("%q is not a %s of a schedule", clip(text), f.name)
	span, stepText, stepped := strings.Cut(text, "/")
	step := 1
	if stepped {
		n, err := strconv.Atoi(stepText)
		if err != nil || n < 1 || n > f.max {
			return 0, bad
		}
		step = n
	}
	lo, hi := f.min, f.max
	if span != "*" {
		first, last, ranged := strings.Cut(span, "-")
		var ok, ok2 bool
		lo, ok = f.number(first)
		hi, ok2 = lo, true
		if ranged {
			hi, ok2 = f.number(last)
		}
		if !ok || !ok2 || lo > hi || stepped && !ranged {
			return 0, bad
		}
	}
	var bits uint64
	for n := lo; n <= hi; n += step {
		bits |= 1 << n
	}
	return bits, nil
}

func (f field) number(text string) (int, bool) {
	for i, name := range f.names {
		if text == name {
			return i + f.min, true
		}
	}
	n, err := strconv.Atoi(text)
	return n, err == nil && n >= f.min && n <= f.max && text[0] != '+' && text[0] != '-'
}

// horizon is how many days Next looks ahead: leap days can be eight years apart.
const horizon = 9 * 366

// Next returns the first time after t, in t's zone, or the zero time for a schedule
// that never comes (31 February).
//
// When clocks go forward, a fixed time that does not exist comes at the moment of the
// change; when they go back, a fixed time that exists twice comes the first time. A
// schedule with a star in minute or hour comes at every matching minute that clocks
// really show.
func (c *Cron) Next(t time.Time) time.Time {
	y, m, d := t.AddDate(0, 0, -1).Date()
	for range horizon {
		day := time.Date(y, m, d, 0, 0, 0, 0, time.UTC)
		y, m, d = day.AddDate(0, 0, 1).Date()
		if !c.matches(day) {
			continue
		}
		if at := c.inDay(day, t); !at.IsZero() {
			return at
		}
	}
	return time.Time{}
}

func (c *Cron) matches(day time.Time) bool {
	if c.month>>day.Month()&1 == 0 {
		return false
	}
	dom, dow := c.day>>day.Day()&1 == 1, c.weekday>>day.Weekday()&1 == 1
	if c.anyDay || c.anyWeekday {
		return dom && dow
	}
	return dom || dow
}

// inDay returns the first moment after t on a day (given as UTC), or zero.
func (c *Cron) inDay(day, t time.Time) time.Time {
	const far = 26 * time.Hour // no zone is further from UTC, a change of clocks included
	var best time.Time
	even := !c.changes(day, t.Location())
	for h := range 24 {
		if c.hour>>h&1 == 0 || day.Add(time.Duration(h+1)*time.Hour+far).Before(t) {
			continue
		}
		for m := range 60 {
			if c.minute>>m&1 == 0 {
				continue
			}
			face := day.Add(time.Duration(h)*time.Hour + time.Duration(m)*time.Minute)
			at := c.moment(face, t)
			if !at.IsZero() && (best.IsZero() || at.Before(best)) {
				best = at
			}
			if even && !best.IsZero() {
				return best // moments follow the face
			}
		}
	}
	return best
}

// changes reports whether clocks in zone change around the day.
func (c *Cron) changes(day time.Time, zone *time.Location) bool {
	_, a := day.Add(-26 * time.Hour).In(zone).Zone()
	_, b := day.Add(50 * time.Hour).In(zone).Zone()
	return a != b
}

// moment returns the first moment after t at which clocks in t's zone show face, by
// the rules of Next, or zero.
func (c *Cron) moment(face, t time.Time) time.Time {
	zone := t.Location()
	_, before := face.Add(-26 * time.Hour).In(zone).Zone()
	_, after := face.Add(26 * time.Hour).In(zone).Zone()
	first := face.Add(-time.Duration(before) * time.Second).In(zone)
	second := face.Add(-time.Duration(after) * time.Second).In(zone)
	if second.Before(first) {
		first, second = second, first
	}
	real := func(at time.Time) bool {
		_, off := at.Zone()
		return at.Add(time.Duration(off) * time.Second).Equal(face)
	}
	switch {
	case real(first) && first.After(t):
		return first
	case real(first) && !c.roaming:
		return time.Time{} // it was the first time
	case real(second) && second.After(t):
		return second
	case real(first) || real(second) || c.roaming:
		return time.Time{}
	}
	jump, _ := second.ZoneBounds() // the face does not exist: the clocks jump over it
	if jump.After(t) {
		return jump
	}
	return time.Time{}
}
