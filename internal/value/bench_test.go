package value_test

import (
	"testing"

	. "github.com/plinth-dev/plinth/internal/value"
)

// stored are storage forms of the hot path, with the zone where one matters.
func stored() []struct {
	name string
	typ  *Type
	raw  Value
} {
	return []struct {
		name string
		typ  *Type
		raw  Value
	}{
		{"bool", TBool, Int(1)},
		{"int8", TInt8, Int(1234567890123)},
		{"float8", TFloat8, Float(1.25e-7)},
		{"numeric", TNumeric, Str("123.4500")},
		{"text", TText, Str("The quick brown fox jumps over the lazy dog")},
		{"escaped", TText, Str("a \"quoted\"\nline")},
		{"uuid", TUUID, Str("a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11")},
		{"timestamptz", TTimestamptz, Int(1767323045123456)},
		{"timestamp", TTimestamp, Int(1767323045123456)},
		{"date", TDate, Int(20455)},
		{"jsonb", TJSONB, Str(`{"a": [1, 2, {"b": null}]}`)},
		{"bytea", TBytea, Str("\x00\x01\xfe")},
		{"int[]", ArrayOf(TInt4), Str(`[1,2,3]`)},
		{"text[]", ArrayOf(TText), Str(`["a","b c"]`)},
		{"numeric[]", ArrayOf(TNumeric), Str(`["1.50","2"]`)},
		{"timestamptz[]", ArrayOf(TTimestamptz), Str(`[1767323045123456,null]`)},
		{"bool[]", ArrayOf(TBool), Str(`[1,0]`)},
	}
}

func TestStoredJSONDoesNotAllocate(t *testing.T) {
	zone := zoneOf(t, "America/New_York")
	buf := make([]byte, 0, 4096)
	for _, s := range stored() {
		if n := testing.AllocsPerRun(50, func() { buf = AppendStoredJSON(buf[:0], s.typ, s.raw, zone) }); n != 0 {
			t.Errorf("%s: %v allocations", s.name, n)
		}
	}
}

func BenchmarkAppendStoredJSON(b *testing.B) {
	for _, s := range stored() {
		b.Run(s.name, func(b *testing.B) {
			b.ReportAllocs()
			buf := make([]byte, 0, 4096)
			for b.Loop() {
				buf = AppendStoredJSON(buf[:0], s.typ, s.raw, nil)
			}
		})
	}
}

func BenchmarkAppendJSONString(b *testing.B) {
	long := ""
	for range 32 {
		long += "The quick brown fox jumps over the lazy dog. "
	}
	b.SetBytes(int64(len(long)))
	b.ReportAllocs()
	buf := make([]byte, 0, 4096)
	for b.Loop() {
		buf = AppendJSONString(buf[:0], long)
	}
}

func BenchmarkParse(b *testing.B) {
	for _, c := range []struct {
		typ *Type
		in  string
	}{
		{TInt4, "12345"}, {TNumeric, "12345.67"}, {TUUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		{TTimestamptz, "2026-01-02T03:04:05.123Z"}, {TTimestamptz, "2026-01-02 03:04:05+00"}, {TDate, "2026-01-02"},
		{TJSONB, `{"a": 1, "b": [1, 2, {"c": "d"}]}`}, {TText, "The quick brown fox"}, {TInterval, "1 day 02:03:04"},
	} {
		b.Run(c.typ.UDTName(), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := Parse(c.typ, c.in, Env{}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkNumeric(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := NumAdd("12345.67", "0.333"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkCompareNumeric(b *testing.B) {
	b.ReportAllocs()
	x, y := Str("12345.67"), Str("12345.7")
	for b.Loop() {
		Compare(TNumeric, x, y)
	}
}

func BenchmarkJGet(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		JGet(`{"a": 1, "b": [1, 2, {"c": "d"}], "owner": "x"}`, "owner")
	}
}
