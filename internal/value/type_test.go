package value_test

import (
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
	. "github.com/plinth-dev/plinth/internal/value"
)

func TestTypeNames(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ       *Type
		long, udt string
	}{
		{typeOf(t, "int4"), "integer", "int4"},
		{typeOf(t, "bigint"), "bigint", "int8"},
		{typeOf(t, "varchar(20)"), "character varying(20)", "varchar"},
		{typeOf(t, "varchar(20)[]"), "character varying(20)[]", "_varchar"},
		{typeOf(t, "char"), "character(1)", "bpchar"},
		{typeOf(t, "numeric(10,2)"), "numeric(10,2)", "numeric"},
		{typeOf(t, "numeric(2,-3)"), "numeric(2,-3)", "numeric"},
		{typeOf(t, "timestamptz"), "timestamp with time zone", "timestamptz"},
		{typeOf(t, "timestamptz(3)"), "timestamp(3) with time zone", "timestamptz"},
		{typeOf(t, "timestamp(9)"), "timestamp(6) without time zone", "timestamp"},
		{typeOf(t, "time(0)"), "time(0) without time zone", "time"},
		{typeOf(t, "interval(2)"), "interval(2)", "interval"},
		{typeOf(t, "double precision[]"), "double precision[]", "_float8"},
		{typeOf(t, "_text"), "text[]", "_text"},
		{typeOf(t, "any"), `"any"`, "any"},
		{typeOf(t, "mood"), "mood", "mood"},
		{typeOf(t, "app.tone"), "app.tone", "tone"},
		{&Type{Kind: Enum, Schema: "public", Name: "Order Kind"}, `"Order Kind"`, "Order Kind"},
		{&Type{Kind: Enum, Schema: "My", Name: "order"}, `"My"."order"`, "order"},
		{ArrayOf(typeOf(t, "mood")), "mood[]", "_mood"},
		{TRecord, "record", "record"},
		{TUnknown, "unknown", "unknown"},
	} {
		if c.typ.String() != c.long || c.typ.UDTName() != c.udt {
			t.Errorf("got %s, %s; want %s, %s", c.typ, c.typ.UDTName(), c.long, c.udt)
		}
	}
	if typ, ok := ByName("nosuch"); ok {
		t.Errorf("ByName(nosuch) = %v", typ)
	}
}

func TestModifierErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		typ  *Type
		mods []int
		want string
	}{
		{TVarchar, []int{0}, "22023: length for type varchar must be at least 1"},
		{TVarchar, []int{10485761}, "22023: length for type varchar cannot exceed 10485760"},
		{TBpchar, []int{0}, "22023: length for type char must be at least 1"},
		{TNumeric, []int{0}, "22023: NUMERIC precision 0 must be between 1 and 1000"},
		{TNumeric, []int{5, 1001}, "22023: NUMERIC scale 1001 must be between -1000 and 1000"},
		{TNumeric, []int{1, 2, 3}, "22023: invalid NUMERIC type modifier"},
		{TTimestamptz, []int{-1}, "22023: TIMESTAMP(-1) WITH TIME ZONE precision must not be negative"},
		{TText, []int{3}, `42601: type modifier is not allowed for type "text"`},
	} {
		if _, err := WithMod(c.typ, c.mods); err == nil || err.Error() != c.want {
			t.Errorf("%v%v: %v, want %s", c.typ, c.mods, err, c.want)
		}
	}
}

// pgCast is pg_cast of a PostgreSQL 15 with citext: target, then the context (i, a, e).
const pgCast = `
bool bpchar:a citext:a text:a varchar:a int4:e
bpchar citext:a name:i text:i varchar:i
cidr bpchar:a text:a varchar:a inet:i
citext bpchar:a text:i varchar:i
date timestamp:i timestamptz:i
float4 int2:a int4:a int8:a numeric:a float8:i
float8 float4:a int2:a int4:a int8:a numeric:a
inet bpchar:a cidr:a citext:a text:a varchar:a
int2 float4:i float8:i int4:i int8:i numeric:i oid:i regclass:i
int4 int2:a bool:e float4:i float8:i int8:i numeric:i oid:i regclass:i
int8 int2:a int4:a float4:i float8:i numeric:i oid:i regclass:i
interval time:a
json jsonb:a
jsonb json:a bool:e float4:e float8:e int2:e int4:e int8:e numeric:e
name bpchar:a varchar:a text:i
numeric int2:a int4:a int8:a float4:i float8:i
oid int4:a int8:a regclass:i
regclass int4:a int8:a oid:i
text citext:a bpchar:i name:i regclass:i varchar:i
time interval:i timetz:i
timestamp date:a time:a timestamptz:i
timestamptz date:a time:a timestamp:a timetz:a
timetz time:a
varchar citext:a bpchar:i name:i regclass:i text:i`

func TestCastPaths(t *testing.T) {
	t.Parallel()
	listed := map[string]CastContext{}
	contexts := map[string]CastContext{"i": Implicit, "a": Assignment, "e": Explicit}
	var kinds []*Type
	for _, line := range strings.Split(strings.TrimSpace(pgCast), "\n") {
		words := strings.Fields(line)
		kinds = append(kinds, typeOf(t, words[0]))
		for _, w := range words[1:] {
			to, ctx, _ := strings.Cut(w, ":")
			listed[words[0]+" "+to] = contexts[ctx]
		}
	}
	kinds = append(kinds, TUUID, TBytea, typeOf(t, "mood"), TTSVector, TTSQuery)
	for _, from := range kinds {
		for _, to := range kinds {
			ctx, ok := CastPath(from, to)
			want, wantOK := listed[from.UDTName()+" "+to.UDTName()]
			switch {
			case wantOK:
			case Same(from, to):
				want, wantOK = Implicit, true
			case IsString(to):
				want, wantOK = Assignment, true
			case IsString(from):
				want, wantOK = Explicit, true
			default:
				want = Explicit
			}
			if ctx != want || ok != wantOK {
				t.Errorf("%v to %v: %v %v, want %v %v", from, to, ctx, ok, want, wantOK)
			}
		}
	}
}

func TestAssignmentIsStricter(t *testing.T) {
	t.Parallel()
	short := typeOf(t, "varchar(3)")
	if _, err := Cast(TText, short, Str("abcd"), Assignment, Env{}); fault.CodeOf(err) != "22001" {
		t.Errorf("assignment of abcd: %v, want 22001", err)
	}
	if v, err := Cast(TText, short, Str("abc   "), Assignment, Env{}); err != nil || v.S != "abc" {
		t.Errorf("assignment of abc and spaces: %q, %v", v.S, err)
	}
	if v, err := Cast(TUnknown, short, Str("abcd"), Explicit, Env{}); err != nil || v.S != "abc" {
		t.Errorf("explicit cast of abcd: %q, %v", v.S, err)
	}
	if v, err := Cast(TUnknown, typeOf(t, "varchar(2)[]"), Str("{abc,d}"), Explicit, Env{}); err != nil || v.L[0].S != "ab" {
		t.Errorf("explicit cast of an array: %v, %v", v, err)
	}
	if _, err := Cast(TUnknown, typeOf(t, "varchar(2)[]"), Str("{abc,d}"), Assignment, Env{}); fault.CodeOf(err) != "22001" {
		t.Errorf("assignment of an array: %v, want 22001", err)
	}
}

func TestTextIsChecked(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"a\x00b":       `22021: invalid byte sequence for encoding "UTF8": 0x00`,
		"\xff":         `22021: invalid byte sequence for encoding "UTF8": 0xff`,
		"é\xe4 x":      `22021: invalid byte sequence for encoding "UTF8": 0xe4 0x20 0x78`,
		"\xed\xa0\x80": `22021: invalid byte sequence for encoding "UTF8": 0xed 0xa0 0x80`,
		"é\xc3":        `22021: invalid byte sequence for encoding "UTF8": 0xc3`,
	} {
		for _, typ := range []*Type{TText, TJSONB, TUUID, ArrayOf(TText)} {
			if _, err := Parse(typ, in, Env{}); err == nil || err.Error() != want {
				t.Errorf("%v %q: %v, want %s", typ, in, err, want)
			}
		}
	}
}

func TestNow(t *testing.T) {
	t.Parallel()
	env := Env{Now: 1767323045123456, Zone: zoneOf(t, "America/New_York")} // 2026-01-02 03:04:05.123456Z
	for _, c := range []struct {
		typ      *Type
		in, want string
	}{
		{TTimestamptz, "now", "2026-01-01 22:04:05.123456-05"},
		{TTimestamp, "now", "2026-01-01 22:04:05.123456"},
		{TDate, "today", "2026-01-01"},
		{TDate, "tomorrow", "2026-01-02"},
		{TTimestamptz, "yesterday", "2025-12-31 00:00:00-05"},
		{TTimestamp, "tomorrow 10:30", "2026-01-02 10:30:00"},
		{TTime, "now", "22:04:05.123456"},
		{TTimetz, "now", "22:04:05.123456-05"},
	} {
		v, err := Parse(c.typ, c.in, env)
		if got := TextOf(c.typ, v, env.Zone); err != nil || got != c.want {
			t.Errorf("%v %q: %q, %v; want %q", c.typ, c.in, got, err, c.want)
		}
	}
}

func TestShortestFloatStaysInside(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"-335957184": "-3.3595718e+08", "89000336": "8.9000336e+07", "-129545456": "-1.29545456e+08",
		"497318784": "4.9731878e+08", "16777216": "1.6777216e+07",
	} {
		v, err := Parse(TFloat4, in, Env{})
		if got := TextOf(TFloat4, v, nil); err != nil || got != want {
			t.Errorf("%s: %s, %v; want %s", in, got, err, want)
		}
	}
}

func TestEscapes(t *testing.T) {
	t.Parallel()
	in := "\x00\x01\b\t\n\v\f\r\x1f\"\\/\x7fé😀"
	want := `"\u0000\u0001\b\t\n\u000b\f\r\u001f\"\\/` + "\x7fé😀\""
	if got := string(AppendJSONString(nil, in)); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if got := string(AppendJSONBytes(nil, []byte(in))); got != want {
		t.Errorf("bytes: got %s, want %s", got, want)
	}
}
