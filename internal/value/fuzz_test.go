package value_test

import (
	"encoding/json"
	"testing"

	. "github.com/plinth-dev/plinth/internal/value"
)

// roundTrip parses s and demands that every form of the datum leads back to it.
func roundTrip(t *testing.T, typ *Type, s string) {
	v, err := Parse(typ, s, Env{Now: 1767323045123456})
	if err != nil {
		return
	}
	text := TextOf(typ, v, nil)
	again, err := Parse(typ, text, Env{})
	if err != nil {
		t.Fatalf("%v: %q printed as %q, which does not parse: %v", typ, s, text, err)
	}
	if got := TextOf(typ, again, nil); got != text {
		t.Fatalf("%v: %q printed as %q, then as %q", typ, s, text, got)
	}
	if !Equal(typ, v, again) || Key(typ, v) != Key(typ, again) {
		t.Fatalf("%v: %q differs from its own text %q", typ, s, text)
	}
	raw := Store(typ, v)
	stored, err := Load(typ, raw)
	if err != nil || TextOf(typ, stored, nil) != text {
		t.Fatalf("%v: %q stored as %v, loaded as %q (%v)", typ, s, raw, TextOf(typ, stored, nil), err)
	}
	direct := AppendJSON(nil, typ, v, nil)
	if got := AppendStoredJSON(nil, typ, raw, nil); string(got) != string(direct) {
		t.Fatalf("%v: %q: JSON %s, from storage %s", typ, s, direct, got)
	}
	if !json.Valid(direct) {
		t.Fatalf("%v: %q: JSON %s is not valid", typ, s, direct)
	}
}

func fuzzTypes(f *testing.F, seeds []string, types ...*Type) {
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for _, typ := range types {
			roundTrip(t, typ, s)
		}
	})
}

func FuzzNumber(f *testing.F) {
	scaled, err := WithMod(TNumeric, []int{6, 2})
	if err != nil {
		f.Fatal(err)
	}
	fuzzTypes(f, []string{"1", "-1.50", "1e10", "NaN", "Infinity", ".5", "1e-7", "true", "9223372036854775807"},
		TBool, TInt2, TInt4, TInt8, TOID, TFloat4, TFloat8, TNumeric, scaled)
}

func FuzzText(f *testing.F) {
	short, err := WithMod(TVarchar, []int{3})
	if err != nil {
		f.Fatal(err)
	}
	fuzzTypes(f, []string{"abc", "a\"b\\c\n", "é😀", `\xdead`, `a\001b`, "1.2.3.4/24", "::1", "'a':1A b", "a & !b <-> (c | d:*A)",
		"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"},
		TText, short, TName, TBytea, TInet, TCidr, TTSVector, TTSQuery, TUUID)
}

func FuzzDatetime(f *testing.F) {
	fuzzTypes(f, []string{"2026-01-02 03:04:05.5+02", "Jan 2 2026", "infinity", "0044-03-15 BC", "now", "04:05 PM",
		"20260102T030405", "2026-01-02 03:04:05 EST", "J2451187", "2026-123"},
		TTimestamptz, TTimestamp, TDate, TTime, TTimetz)
}

func FuzzInterval(f *testing.F) {
	fuzzTypes(f, []string{"1 year 2 mons -3 days +04:05:06.5", "P1Y2M3DT4H5M6S", "1-2 3 4:05:06", "1.5 mons ago", "-0.5 s"}, TInterval)
}

func FuzzJSON(f *testing.F) {
	fuzzTypes(f, []string{`{"b":1,"a":[1,2.50,{"c":null}],"a":"\ud83d\ude00"}`, `"x\n"`, `1e2`, `[[],{}]`}, TJSON, TJSONB)
}

func FuzzArray(f *testing.F) {
	pair := &Type{Kind: Record, Name: "pair", Fields: []Field{{"a", TInt4}, {"b", TText}}}
	fuzzTypes(f, []string{`{1,2,NULL}`, `{"a b","c\"d",e}`, `{}`, `{"{\"a\": 1}"}`, `(1,"a b")`, `{"(1,a)"}`, `{2026-01-02}`},
		ArrayOf(TInt4), ArrayOf(TText), ArrayOf(TNumeric), ArrayOf(TJSONB), ArrayOf(TJSON), ArrayOf(TBytea), ArrayOf(TDate), ArrayOf(TBool),
		ArrayOf(TFloat8), ArrayOf(TTimestamptz), ArrayOf(TInterval), pair, ArrayOf(pair))
}

func FuzzArithmetic(f *testing.F) {
	f.Add("1.50", "-0.003")
	f.Add("12345678901234567890", "1e-7")
	f.Fuzz(func(t *testing.T, a, b string) {
		if len(a) > 60 || len(b) > 60 {
			return
		}
		x, err1 := Parse(TNumeric, a, Env{})
		y, err2 := Parse(TNumeric, b, Env{})
		if err1 != nil || err2 != nil || len(x.S) > 400 || len(y.S) > 400 {
			return
		}
		for _, op := range []func(a, b string) (string, error){NumAdd, NumSub, NumMul, NumDiv, NumMod} {
			z, err := op(x.S, y.S)
			if err != nil {
				continue
			}
			back, err := Parse(TNumeric, z, Env{})
			if err != nil || back.S != z {
				t.Fatalf("%s, %s: %q is not canonical", x.S, y.S, z)
			}
		}
		sum, _ := NumAdd(x.S, y.S)
		if d, _ := NumSub(sum, y.S); sum != "NaN" && NumScale(x.S) >= 0 && NumScale(y.S) >= 0 && NumCmp(d, x.S) != 0 {
			t.Fatalf("(%s + %s) - %s = %s", x.S, y.S, y.S, d)
		}
	})
}
