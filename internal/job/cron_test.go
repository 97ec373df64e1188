package job

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestCronNext(t *testing.T) {
	t.Parallel()
	const form = "2006-01-02 15:04 -0700"
	for _, c := range []struct{ spec, zone, from, want string }{
		{"*/15 * * * *", "UTC", "2026-01-01 00:00 +0000", "2026-01-01 00:15 +0000"},
		{"0 9 * * mon-fri", "UTC", "2026-11-20 09:00 +0000", "2026-11-23 09:00 +0000"},
		{"0 0 29 2 *", "UTC", "2096-03-01 00:00 +0000", "2104-02-29 00:00 +0000"},
		{"0 0 13 * 5", "UTC", "2026-11-24 00:00 +0000", "2026-11-27 00:00 +0000"},
		{"0 0 */2 * 1", "UTC", "2026-11-01 00:00 +0000", "2026-11-09 00:00 +0000"}, // a star: both must match
		{"30 2 * * *", "Europe/Berlin", "2026-03-28 12:00 +0100", "2026-03-29 03:00 +0200"},
		{"30 2 * * *", "Europe/Berlin", "2026-03-29 03:00 +0200", "2026-03-30 02:30 +0200"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25 00:00 +0200", "2026-10-25 02:30 +0200"},
		{"30 2 * * *", "Europe/Berlin", "2026-10-25 02:30 +0200", "2026-10-26 02:30 +0100"},
		{"30 * * * *", "Europe/Berlin", "2026-10-25 02:30 +0200", "2026-10-25 02:30 +0100"},
		{"30 * * * *", "Europe/Berlin", "2026-03-29 01:30 +0100", "2026-03-29 03:30 +0200"},
		{"0 0 * * *", "America/Santiago", "2026-09-05 12:00 -0400", "2026-09-06 01:00 -0300"}, // midnight does not exist
		{"15 2 * * *", "Australia/Lord_Howe", "2026-10-03 12:00 +1030", "2026-10-04 02:30 +1100"},
		{"@hourly", "Asia/Kathmandu", "2026-01-01 10:10 +0545", "2026-01-01 11:00 +0545"},
	} {
		cron, err := ParseCron(c.spec)
		if err != nil {
			t.Fatal(err)
		}
		from, err := time.Parse(form, c.from)
		if err != nil {
			t.Fatal(err)
		}
		if got := cron.Next(from.In(zone(t, c.zone))).Format(form); got != c.want {
			t.Errorf("%q in %s after %s = %s, want %s", c.spec, c.zone, c.from, got, c.want)
		}
	}
	never, err := ParseCron("0 0 31 2 *")
	if err != nil || !never.Next(time.Now()).IsZero() {
		t.Errorf("31 February comes: %v", err)
	}
}

func TestCronRefuses(t *testing.T) {
	t.Parallel()
	for _, spec := range []string{"", "* * * *", "* * * * * *", "60 * * * *", "* 24 * * *", "* * 0 * *", "* * * 13 *", "* * * * 8",
		"5-1 * * * *", "*/0 * * * *", "1/2 * * * *", "a * * * *", "1, * * * *", "+1 * * * *", "@never", "1--2 * * * *"} {
		if _, err := ParseCron(spec); err == nil {
			t.Errorf("ParseCron(%q) took it", spec)
		}
	}
}

func changing() []string {
	return []string{"Europe/Berlin", "America/New_York", "America/Santiago", "Australia/Lord_Howe", "Africa/Cairo", "UTC", "Pacific/Chatham"}
}

// A roaming schedule comes at exactly the minutes whose face matches.
func TestCronFollowsTheFace(t *testing.T) {
	t.Parallel()
	for _, name := range changing() {
		z := zone(t, name)
		for _, spec := range []string{"*/20 * * * *", "7 * * * *", "* 2 * * *", "*/30 1-3 * * sun"} {
			c, err := ParseCron(spec)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, time.Month(1+rand.IntN(12)), 1, 0, 0, 0, 0, z)
			next := c.Next(at)
			for end := at.AddDate(0, 2, 0); at.Before(end); {
				at = at.Add(time.Minute)
				face := time.Date(at.Year(), at.Month(), at.Day(), 0, 0, 0, 0, time.UTC)
				if c.minute>>at.Minute()&1 == 0 || c.hour>>at.Hour()&1 == 0 || !c.matches(face) {
					continue
				}
				if !next.Equal(at) {
					t.Fatalf("%q in %s: got %s, want %s", spec, name, next, at)
				}
				next = c.Next(next)
			}
		}
	}
}

// A fixed daily time comes once on every day, whatever the clocks do.
func TestCronFixedTimesComeOnceADay(t *testing.T) {
	t.Parallel()
	for _, name := range changing() {
		z := zone(t, name)
		for _, spec := range []string{"30 2 * * *", "0 0 * * *", "15 1 * * *", "59 23 * * *", "45 2 * * *"} {
			c, err := ParseCron(spec)
			if err != nil {
				t.Fatal(err)
			}
			at := time.Date(2026, 1, 1, 0, 0, 0, 0, z).Add(-time.Minute)
			for day := range 365 {
				prev := at
				at = c.Next(at)
				want := time.Date(2026, 1, 1+day, 12, 0, 0, 0, z)
				if at.YearDay() != want.YearDay() || !at.After(prev) {
					t.Fatalf("%q in %s: %s after %s, want the day of %s", spec, name, at, prev, want)
				}
			}
		}
	}
}

func FuzzCron(f *testing.F) {
	f.Add("*/5 1-3,7 * jan-mar mon", int64(1_790_000_000))
	f.Add("0 0 29 2 *", int64(0))
	f.Fuzz(func(t *testing.T, spec string, unix int64) {
		c, err := ParseCron(spec)
		if err != nil {
			return
		}
		from := time.Unix(unix%(1<<33), 0).In(zone(t, "America/Santiago"))
		if next := c.Next(from); !next.IsZero() && !next.After(from) {
			t.Errorf("Next(%q, %s) = %s", spec, from, next)
		}
	})
}

func TestBackoffGrowsAndIsJittered(t *testing.T) {
	t.Parallel()
	seen := map[time.Duration]bool{}
	for n := 1; n < 40; n++ {
		top := min(time.Second<<min(n-1, 20), 2*time.Hour)
		d := Backoff(n)
		if n <= 12 && (d < top/2 || d > top) || d > 2*time.Hour {
			t.Errorf("Backoff(%d) = %s", n, d)
		}
		seen[d] = true
	}
	if len(seen) < 30 {
		t.Errorf("only %d different pauses", len(seen))
	}
}
