package value_test

import (
	"bufio"
	"encoding/json"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata"

	"github.com/plinth-dev/plinth/internal/fault"
	. "github.com/plinth-dev/plinth/internal/value"
)

// oracle is one answer of a PostgreSQL 15, kept in testdata.
type oracle struct {
	Type, From, In, Zone, Expr    string
	Out, JSON                     *string
	Code, Msg, Detail, Hint, Note string
}

func readOracle(t *testing.T, file string) []oracle {
	t.Helper()
	f, err := os.Open("testdata/" + file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var out []oracle
	sc := bufio.NewScanner(f)
	sc.Buffer(nil, 1<<20)
	for sc.Scan() {
		var o oracle
		if err := json.Unmarshal(sc.Bytes(), &o); err != nil {
			t.Fatalf("%s: %v", sc.Text(), err)
		}
		out = append(out, o)
	}
	return out
}

// typeOf reads a type's name as the oracle's files write it.
func typeOf(t *testing.T, name string) *Type {
	t.Helper()
	if elem, ok := strings.CutSuffix(name, "[]"); ok {
		return ArrayOf(typeOf(t, elem))
	}
	switch name {
	case "mood":
		return &Type{Kind: Enum, Schema: "public", Name: "mood", Labels: []string{"sad", "ok", "happy"}}
	case "app.tone":
		return &Type{Kind: Enum, Schema: "app", Name: "tone", Labels: []string{"low", "high"}}
	case "pair":
		return &Type{Kind: Record, Schema: "public", Name: "pair", Fields: []Field{{"a", TInt4}, {"b", TText}}}
	}
	base, mods, _ := strings.Cut(strings.TrimSuffix(name, ")"), "(")
	typ, ok := ByName(base)
	if !ok {
		t.Fatalf("no type %q", name)
	}
	var nums []int
	if mods != "" {
		for _, m := range strings.Split(mods, ",") {
			n, _ := strconv.Atoi(m)
			nums = append(nums, n)
		}
	}
	typ, err := WithMod(typ, nums)
	if err != nil {
		t.Fatal(err)
	}
	return typ
}

func zoneOf(t *testing.T, name string) *time.Location {
	t.Helper()
	if name == "" {
		return time.UTC
	}
	z, err := LoadZone(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

// wantFault compares an error with the oracle's.
func (o oracle) wantFault(err error) string {
	f := fault.From(err)
	if err == nil || !errors.As(err, &f) {
		return "no error, want " + o.Code + ": " + o.Msg
	}
	if f.Code != o.Code || f.Message != o.Msg || f.Detail != o.Detail || f.Hint != o.Hint {
		return "got  " + f.Code + ": " + f.Message + " | " + f.Detail + " | " + f.Hint +
			"\n    want " + o.Code + ": " + o.Msg + " | " + o.Detail + " | " + o.Hint
	}
	return ""
}

// refused is what Postgres reads and we do not, by decision.
func refused(typ, in string) bool {
	if strings.HasSuffix(typ, "[]") {
		return strings.Contains(in, "{{") || in == "{1,{2}}"
	}
	switch in {
	case "P1": // an interval of ISO 8601 whose number has no unit
		return typ == "interval"
	case "294276-12-31": // our last year is 294246
		return strings.HasPrefix(typ, "timestamp")
	}
	return false
}

func TestInput(t *testing.T) {
	t.Parallel()
	for _, o := range readOracle(t, "input.jsonl") {
		typ, zone := typeOf(t, o.Type), zoneOf(t, o.Zone)
		v, err := Parse(typ, o.In, Env{Zone: zone})
		name := o.Type + " " + strconv.Quote(o.In) + " " + o.Zone
		if refused(o.Type, o.In) {
			if err == nil {
				t.Errorf("%s: got %v, want a refusal", name, err)
			}
			continue
		}
		if o.Code != "" {
			if s := o.wantFault(err); s != "" {
				t.Errorf("%s:\n    %s %s", name, s, TextOf(typ, v, zone))
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: got %v, want %q", name, err, *o.Out)
			continue
		}
		checkForms(t, name, typ, v, o, zone)
	}
}

// checkForms compares text and JSON with the oracle, and the storage form with both.
func checkForms(t *testing.T, name string, typ *Type, v Value, o oracle, zone *time.Location) {
	t.Helper()
	if got := TextOf(typ, v, zone); got != *o.Out {
		t.Errorf("%s: text %q, want %q", name, got, *o.Out)
	}
	if got := string(AppendJSON(nil, typ, v, zone)); got != *o.JSON {
		t.Errorf("%s: JSON %s, want %s", name, got, *o.JSON)
	}
	raw := Store(typ, v)
	if got := string(AppendStoredJSON(nil, typ, raw, zone)); got != *o.JSON {
		t.Errorf("%s: stored %q, JSON of it %s, want %s", name, raw.S, got, *o.JSON)
	}
	back, err := Load(typ, raw)
	if err != nil || TextOf(typ, back, zone) != *o.Out {
		t.Errorf("%s: stored %v, loaded %q, want %q (%v)", name, raw, TextOf(typ, back, zone), *o.Out, err)
	}
	if !Equal(typ, v, back) || Key(typ, v) != Key(typ, back) {
		t.Errorf("%s: differs from itself", name)
	}
}
