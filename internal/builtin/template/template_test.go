package template_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/builtin/template"
	"github.com/plinth-dev/plinth/internal/fault"
)

func TestReadsWhatItPrints(t *testing.T) {
	t.Parallel()
	const us = 1709647629123456
	for _, f := range []string{
		"YYYY-MM-DD HH24:MI:SS.US", "DD Mon YYYY HH:MI:SS.US AM", "FMMonth FMDD, YYYY HH24:MI:SS.US",
		"YYYYMMDDHH24MISSUS", "J HH24:MI:SS.US", "YYYY-DDD SSSS US",
	} {
		text := template.Stamp(us, f, "", 0)
		m, err := template.Read(text, f)
		if err != nil {
			t.Errorf("Read(%q, %q): %v", text, f, err)
			continue
		}
		if got := m.Day*86_400_000_000 + m.Micros; got != us {
			t.Errorf("Read(%q, %q) = %d, want %d", text, f, got, int64(us))
		}
	}
}

func FuzzRead(f *testing.F) {
	f.Add("2024-03-05 14:07:09", "YYYY-MM-DD HH24:MI:SS")
	f.Add("05 Dec 2000", `DD Mon "x" YYYYth`)
	f.Fuzz(func(t *testing.T, s, format string) {
		if _, err := template.Read(s, format); err != nil && fault.KindOf(fault.CodeOf(err)) != fault.Invalid {
			t.Errorf("Read(%q, %q): %v", s, format, err)
		}
		template.Stamp(0, format, "UTC", 0)
	})
}

func FuzzNumber(f *testing.F) {
	f.Add("1234.5", "FM9,999.00")
	f.Add("12,454.8-", "99G999D9S")
	f.Fuzz(func(t *testing.T, s, format string) {
		_, _ = template.ReadNumber(s, format)
		_, _ = template.Number("-1234.56", format)
	})
}
