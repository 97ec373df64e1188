package realtime

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/value"
)

func TestFilter(t *testing.T) {
	t.Parallel()
	table := &catalog.Table{Columns: []*catalog.Column{
		{Name: "n", Type: value.TInt4}, {Name: "s", Type: value.TText}, {Name: "d", Type: value.TNumeric},
		{Name: "b", Type: value.TBool}, {Name: "at", Type: value.TTimestamptz}, {Name: "none", Type: value.TText},
	}}
	at, err := value.Parse(value.TTimestamptz, "2024-05-06 07:08:09+00", value.Env{})
	if err != nil {
		t.Fatal(err)
	}
	row := &image{row: []value.Value{value.Int(10), value.Str("a,b (c)"), value.Str("1.50"), value.Truth(true), at, {}}}
	const bad = "bad"
	tests := []struct{ filter, want string }{
		{"n=eq.10", "yes"}, {"n=eq.9", "no"}, {"n=neq.9", "yes"}, {"n=gt.9", "yes"}, {"n=gte.10", "yes"}, {"n=lt.10", "no"}, {"n=lte.10", "yes"},
		{"n=not.eq.10", "no"}, {"n=not.lt.10", "yes"}, {"n=in.(1,10)", "yes"}, {"n=in.(1,2)", "no"}, {"n=not.in.(1,2)", "yes"},
		{"n=eq.10,s=like.a*", "yes"}, {"n=eq.10,d=gt.2", "no"}, {`s=in.("a,b (c)",x)`, "yes"}, {"s=eq.a,b (c)", "yes"},
		{"s=ilike.A%", "yes"}, {"s=like.A%", "no"}, {"s=match.^a.b", "yes"}, {"s=imatch.^A", "yes"}, {"d=eq.1.5", "yes"},
		{"b=is.true", "yes"}, {"b=is.false", "no"}, {"b=eq.t", "yes"}, {"b=not.is.null", "yes"},
		{"none=is.null", "yes"}, {"none=eq.x", "no"}, {"none=neq.x", "no"}, {"none=not.eq.x", "no"}, {"none=isdistinct.x", "yes"}, {"n=isdistinct.10", "no"},
		{"at=eq.2024-05-06T09:08:09+02:00", "yes"}, {"at=gt.2024-05-06", "yes"},
		{"n=eq.x", bad}, {"x=eq.1", bad}, {"n", bad}, {"n=foo.1", bad}, {"n=in.1", bad}, {"n=is.maybe", bad}, {"s=match.(", bad}, {"=eq.1", bad},
	}
	for _, tt := range tests {
		got := bad
		terms, err := parseFilter(tt.filter)
		if err == nil {
			var bound []boundTerm
			if bound, err = bindTerms(table, terms); err == nil {
				got = map[bool]string{true: "yes", false: "no"}[matches(bound, row)]
			}
		}
		if got != tt.want {
			t.Errorf("%s: %s (%v), want %s", tt.filter, got, err, tt.want)
		}
	}
	key := &image{row: row.row, known: []bool{true, false, false, false, false, false}}
	for filter, want := range map[string]bool{"n=eq.10": true, "s=like.a*": false, "n=eq.10,s=eq.x": true, "n=eq.1,s=like.a*": false} {
		terms, _ := parseFilter(filter)
		bound, err := bindTerms(table, terms)
		if err != nil || matches(bound, key) != want {
			t.Errorf("on a key alone, %s: %v, want %v", filter, !want, want)
		}
	}
}

func FuzzFilter(f *testing.F) {
	for _, s := range []string{"a=eq.1,b=in.(1,\"2\\\"\",3)", "a=not.like.x%", "a=is.null", ",,=.("} {
		f.Add(s)
	}
	table := &catalog.Table{Columns: []*catalog.Column{{Name: "a", Type: value.TText}, {Name: "b", Type: value.TInt8}}}
	row := &image{row: []value.Value{value.Str("x"), value.Int(1)}}
	f.Fuzz(func(t *testing.T, s string) {
		terms, err := parseFilter(s)
		if err != nil {
			return
		}
		if bound, err := bindTerms(table, terms); err == nil {
			matches(bound, row)
		}
	})
}
