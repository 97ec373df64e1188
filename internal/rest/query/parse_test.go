package query

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
)

func parse(t *testing.T, raw string, call bool) (*Request, error) {
	t.Helper()
	ps, ferr := Split(raw, call, nil)
	if ferr != nil {
		return nil, ferr
	}
	return Parse(ps)
}

// brief prints a select list in one line.
func brief(items []*Item) string {
	var b strings.Builder
	for i, it := range items {
		if i > 0 {
			b.WriteString(" | ")
		}
		if it.Alias != "" {
			b.WriteString(it.Alias + "=")
		}
		switch it.Kind {
		case Star:
			b.WriteString("*")
		case Count:
			b.WriteString("count()")
		case Embed, Spread:
			if it.Kind == Spread {
				b.WriteString("...")
			}
			b.WriteString(it.Name + "!" + it.Hint + "!" + it.Join + "(" + brief(it.Kids) + ")")
		case Column:
			b.WriteString(it.Field.Name)
			for _, st := range it.Field.Path {
				b.WriteString("/")
				if st.Text {
					b.WriteString("/")
				}
				b.WriteString(st.Key)
				if st.Index {
					b.WriteString("#")
				}
			}
			if it.Cast != "" {
				b.WriteString("::" + it.Cast)
			}
			if it.Agg != "" {
				b.WriteString("." + it.Agg)
			}
		}
		if it.AggCast != "" {
			b.WriteString("::" + it.AggCast)
		}
	}
	return b.String()
}

func TestSelect(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"*", "*"},
		{"id,name", "id | name"},
		{"id,+name,+tasks(+id,+name)", "id | name | tasks!!(id | name)"},
		{"myId:id::text", "myId=id::text"},
		{"settings->foo->>bar::integer", "settings/foo//bar::integer"},
		{"data->>-1::int", "data//-1#::int"},
		{"data->!@%23$%25^%26*_d->>!@%23$%25^%26*_e::integer", "data/!@#$%^&*_d//!@#$%^&*_e::integer"},
		{"count()", "count()"},
		{"n:count()::text", "n=count()::text"},
		{"total:amount::int.sum()::text", "total=amount::int.sum::text"},
		{"clients!inner(id)", "clients!!inner(id)"},
		{"c:clients!client!inner(id)", "c=clients!client!inner(id)"},
		{"...clients!left!fk(*)", "...clients!fk!left(*)"},
		{"a(b(c()))", "a!!(b!!(c!!()))"},
		{"name,projects(count)'", "name | projects!!(count)"},
		{"field-with_sep", "field-with_sep"},
		{`%22:arr-%3Eow::cast%22,%22(inside,parens)%22`, ":arr->ow::cast | (inside,parens)"},
		{"oid_array_col::_int4", "oid_array_col::_int4"},
		{"%C3%A9t%C3%A9", "été"},
	} {
		r, err := parse(t, "select="+c.in, false)
		if err != nil {
			t.Errorf("select=%s: %v", c.in, err)
			continue
		}
		if got := brief(r.Select); got != c.want {
			t.Errorf("select=%s = %s, want %s", c.in, got, c.want)
		}
	}
}

func TestFilter(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, val, want string }{
		{"id", "eq.5", `{"Not":false,"Op":"eq","Quant":"","Lang":"","Val":{"Text":"5","Param":0},"List":null}`},
		{"id", "not.in.(1,\"a,b\",\"q\\\"x\")", `{"Not":true,"Op":"in","Quant":"","Lang":"","Val":{"Text":"","Param":0},"List":["1","a,b","q\"x"]}`},
		{"id", "in.()", `{"Not":false,"Op":"in","Quant":"","Lang":"","Val":{"Text":"","Param":0},"List":[""]}`},
		{"id", "in.( ,3,4)", `{"Not":false,"Op":"in","Quant":"","Lang":"","Val":{"Text":"","Param":0},"List":["","3","4"]}`},
		{"n", "like(any).{a*,b}", `{"Not":false,"Op":"like","Quant":"any","Lang":"","Val":{"Text":"{a*,b}","Param":-1},"List":null}`},
		{"n", "is.TRUE", `{"Not":false,"Op":"is","Quant":"","Lang":"","Val":{"Text":"true","Param":-1},"List":null}`},
		{"n", "is.not_null", `{"Not":false,"Op":"is","Quant":"","Lang":"","Val":{"Text":"not_null","Param":-1},"List":null}`},
		{"n", "not.wfts(english).a or b", `{"Not":true,"Op":"wfts","Quant":"","Lang":"english","Val":{"Text":"a or b","Param":-1},"List":null}`},
		{"n", "isdistinct.3", `{"Not":false,"Op":"isdistinct","Quant":"","Lang":"","Val":{"Text":"3","Param":0},"List":null}`},
	} {
		ps := []Param{{Key: c.key, Value: c.val}}
		classify(&ps[0], false)
		r, err := Parse(ps)
		if err != nil {
			t.Errorf("%s=%s: %v", c.key, c.val, err)
			continue
		}
		text, _ := json.Marshal(r.Where[0].Cond.Filter)
		if string(text) != c.want {
			t.Errorf("%s=%s\n got %s\nwant %s", c.key, c.val, text, c.want)
		}
	}
}

func TestLogic(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ key, val string }{
		{"or", "(id.eq.1,name.eq.child entity 2)"},
		{"and", "( and ( id.in.( 1, 2, 3 ) , id.eq.3 ) , or ( id.eq.2 , id.eq.3 ) )"},
		{"a.b.not.or", "(not.and(a.is.null,b.not.is.true),c.cs.{1,2})"},
		{"and", "(id.eq.1,id.neq.2))"},
		{"or", `(name.like."*ity,4*",name.ilike."*ITY,5)")`},
		{"or", "(text_search.phfts(german).Art Spass, x->y->>z.eq.3)"},
	} {
		ps := []Param{{Key: c.key, Value: c.val}}
		classify(&ps[0], false)
		r, err := Parse(ps)
		if err != nil {
			t.Errorf("%s=%s: %v", c.key, c.val, err)
			continue
		}
		if len(r.Where) != 1 || len(r.Where[0].Cond.Kids) == 0 {
			t.Errorf("%s=%s: %+v", c.key, c.val, r.Where)
		}
		if c.key == "a.b.not.or" && (strings.Join(r.Where[0].Path, ".") != "a.b" || !r.Where[0].Cond.Not || !r.Where[0].Cond.Or) {
			t.Errorf("%s: path %v, cond %+v", c.key, r.Where[0].Path, r.Where[0].Cond)
		}
	}
}

func TestArgs(t *testing.T) {
	t.Parallel()
	r, err := parse(t, "id=5&id=not.gt.2&name=a.b.c&arr={1,2}&select=id&x=is.foo", true)
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Args) != 4 || len(r.Where) != 1 {
		t.Errorf("args %+v, where %+v", r.Args, r.Where)
	}
}

func TestSyntaxErrors(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, msg, detail string }{
		{"id=0", `"failed to parse filter (0)" (line 1, column 1)`, `unexpected "0" expecting "not" or operator (eq, gt, ...)`},
		{"select=a,", `"failed to parse select parameter (a,)" (line 1, column 3)`, "unexpected end of input expecting field name (* or [a..z0..9_$])"},
		{"order=a.up", `"failed to parse order (a.up)" (line 1, column 2)`, `unexpected "." expecting "asc", "desc", "nullsfirst" or "nullslast"`},
		{"order=a.nullslast.b", `"failed to parse order (a.nullslast.b)" (line 1, column 12)`, `unexpected '.' expecting "," or end of input`},
		{"select=a->", `"failed to parse select parameter (a->)" (line 1, column 4)`, `unexpected end of input expecting "-", digit or any non reserved character different from: .,>()`},
		{"select=a->>-x", `"failed to parse select parameter (a->>-x)" (line 1, column 6)`, `unexpected "x" expecting digit`},
		{"select=a->-1b", `"failed to parse select parameter (a->-1b)" (line 1, column 6)`, `unexpected "b" expecting digit`},
		{"and=(,a.eq.1)", `"failed to parse logic tree ((,a.eq.1))" (line 1, column 5)`, `unexpected "," expecting field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)`},
		{"columns=", `"failed to parse columns parameter ()" (line 1, column 1)`, "unexpected end of input expecting field name (* or [a..z0..9_$])"},
	} {
		_, err := parse(t, c.in, false)
		var f *fault.Error
		if !errors.As(err, &f) || f.Code != "PGRST100" || f.Message != c.msg || f.Detail != c.detail {
			t.Errorf("%s: %#v", c.in, f)
		}
	}
}

func TestBounds(t *testing.T) {
	t.Parallel()
	deep := strings.Repeat("a(", 9) + "id" + strings.Repeat(")", 9)
	for _, c := range []struct{ in, code string }{
		{"select=" + deep, "PLR002"},
		{"select=" + deep[2:len(deep)-1], ""},
		{"and=" + strings.Repeat("(and", 9) + "(id.eq.1)" + strings.Repeat(")", 9), "PLR002"},
		{"select=" + strings.Repeat("a,", 500) + "a", "PLR004"},
		{strings.Repeat("a=eq.1&", 201), "PLR003"},
		{"select=" + strings.Repeat("a(id),", 40) + "b(id)", "PLR005"},
		{"select=a(" + strings.Repeat("...c(id),", 39) + "b(id))", "PLR005"},
		{"select=" + strings.Repeat("a(id),", 39) + "b(id)", ""},
		{"order=" + strings.Repeat("a,", 100) + "a", "PLR006"},
		{"order=" + strings.Repeat("a,", 99) + "a&b.order=a", "PLR006"},
		{"select=a" + strings.Repeat("->b", 65), "PLR007"},
		{"order=a" + strings.Repeat("->b", 65), "PLR007"},
		{"a" + strings.Repeat("->b", 65) + "=eq.1", "PLR007"},
		{"or=(a" + strings.Repeat("->b", 65) + ".eq.1)", "PLR007"},
		{"select=a" + strings.Repeat("->b", 64), ""},
		{"a=eq." + strings.Repeat("x", 33000), "PLR001"},
		{"a=eq.%00", "PGRST100"},
	} {
		_, err := parse(t, c.in, false)
		if got := fault.CodeOf(err); got != c.code {
			t.Errorf("%.40s: %q, want %q (%v)", c.in, got, c.code, err)
		}
	}
}

func TestShape(t *testing.T) {
	t.Parallel()
	shape := func(raw string) string {
		ps, err := Split(raw, false, nil)
		if err != nil {
			t.Fatal(err)
		}
		return string(AppendShape(nil, ps))
	}
	same := [][2]string{
		{"id=eq.1&limit=5", "id=eq.77&limit=1"},
		{"id=not.in.(1,2)", "id=not.in.(3)"},
	}
	for _, c := range same {
		if shape(c[0]) != shape(c[1]) {
			t.Errorf("%s and %s have different shapes", c[0], c[1])
		}
	}
	differ := [][2]string{
		{"id=eq.1", "id=neq.1"}, {"id=is.null", "id=is.true"}, {"id=eq(any).{1}", "id=eq(any).{2}"},
		{"a=eq.1", "b=eq.1"}, {"order=a", "order=b"}, {"or=(a.eq.1)", "or=(a.eq.2)"}, {"limit=1", "offset=1"},
	}
	for _, c := range differ {
		if shape(c[0]) == shape(c[1]) {
			t.Errorf("%s and %s have one shape", c[0], c[1])
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"select=id,a:b->c->>0::int,...x!h!inner(*,count())&a.b=not.in.(1,\"x\")&or=(a.eq.1,not.and(b.is.null))",
		"order=a.desc.nullslast,r(b)&limit=1&x.offset=2&columns=a,\"b\"&on_conflict=c", "select=%22", "a=fts(",
	} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, raw string, call bool) {
		ps, ferr := Split(raw, call, nil)
		if ferr != nil {
			return
		}
		for i := range ps {
			if ps[i].Tail < 0 || ps[i].Tail > len(ps[i].Value) {
				t.Fatalf("tail %d of %q", ps[i].Tail, ps[i].Value)
			}
		}
		if r, err := Parse(ps); err == nil && r == nil {
			t.Fatal("no request and no error")
		}
	})
}
