package rest

import (
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/value"
)

func TestPrefer(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in      []string
		applied string
		code    string
	}{
		{nil, "", ""},
		{[]string{"return=minimal, count=exact", "resolution=merge-duplicates"}, "resolution=merge-duplicates, return=minimal, count=exact", ""},
		{[]string{"return=minimal, return=representation"}, "return=minimal", ""},
		{[]string{"handling=strict, anything"}, "", "PGRST122"},
		{[]string{"handling=lenient, anything, max-affected=2"}, "handling=lenient", ""},
		{[]string{"handling=strict, max-affected=2"}, "handling=strict, max-affected=2", ""},
		{[]string{"tx=rollback"}, "tx=rollback", ""},
		{[]string{"timezone=-4"}, "timezone=-4", ""},
		{[]string{"timezone=Nowhere/City"}, "", ""},
		{[]string{"count=none, missing=default"}, "missing=default", ""},
	} {
		p, err := parsePrefer(http.Header{"Prefer": c.in}, true)
		if fault.CodeOf(err) != c.code {
			t.Errorf("%v: %v", c.in, err)
		}
		if got := p.applied(); err == nil && got != c.applied {
			t.Errorf("%v: applied %q, want %q", c.in, got, c.applied)
		}
	}
	if p, _ := parsePrefer(http.Header{"Prefer": {"tx=rollback"}}, false); p.tx != "" {
		t.Error("tx was taken though it may not be overridden")
	}
}

func TestNegotiate(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ in, typ string }{
		{"", "application/json; charset=utf-8"},
		{"*/*", "application/json; charset=utf-8"},
		{"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", "application/json; charset=utf-8"},
		{"text/unknowntype, text/csv", "text/csv; charset=utf-8"},
		{"application/json;q=0.5, text/csv;q=0.6", "text/csv; charset=utf-8"},
		{"application/vnd.pgrst.object+json;nulls=stripped", "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8"},
		{`application/vnd.pgrst.plan+text; for="application/json"; options=analyze|verbose;`, ""},
		{"image/png", ""},
	} {
		var lines []string
		if c.in != "" {
			lines = []string{c.in}
		}
		m, err := negotiate(parseAccept(lines), nil)
		if (err != nil) != (c.typ == "") || m.typ != c.typ {
			t.Errorf("%q: %q, %v", c.in, m.typ, err)
		}
	}
}

func TestBoundsAndRange(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		query, header string
		max           int
		want          window
		code          string
	}{
		{"", "", 0, window{0, -1}, ""},
		{"limit=5&offset=2", "", 0, window{2, 5}, ""},
		{"limit=x&offset=-4", "", 0, window{0, -1}, ""},
		{"limit=-1", "", 0, window{0, -1}, "PGRST103"},
		{"", "1-2", 0, window{1, 2}, ""},
		{"", "1-", 0, window{1, -1}, ""},
		{"", "2-1", 0, window{0, -1}, "PGRST103"},
		{"", "bytes=0-1", 0, window{0, -1}, ""},
		{"limit=2&offset=1", "0-1", 0, window{1, 1}, ""},
		{"limit=50", "", 10, window{0, 10}, ""},
		{"", "", 10, window{0, 10}, ""},
	} {
		r := httptest.NewRequest("GET", "/", nil)
		r.Header.Set("Range", c.header)
		ps, _ := query.Split(c.query, false, nil)
		got, err := bounds(r, ps, c.max)
		if fault.CodeOf(err) != c.code || err == nil && got != c.want {
			t.Errorf("%q %q: %+v, %v", c.query, c.header, got, err)
		}
	}
	for _, c := range []struct {
		offset, n, total int64
		want             string
	}{{0, 0, -1, "*/*"}, {0, 3, -1, "0-2/*"}, {2, 3, 9, "2-4/9"}, {0, 0, 0, "*/0"}} {
		if got := contentRange(c.offset, c.n, c.total); got != c.want {
			t.Errorf("contentRange(%d, %d, %d) = %s, want %s", c.offset, c.n, c.total, got, c.want)
		}
	}
}

func TestStripNulls(t *testing.T) {
	t.Parallel()
	for _, c := range [][2]string{
		{`[{"a":null,"b":1}]`, `[{"b":1}]`},
		{`[{"a":1,"b":null}]`, `[{"a":1}]`},
		{`[{"a":null}]`, `[{}]`},
		{`[{"a":{"x":null,"y":[null,1]},"b":null,"c":null,"d":"null"}]`, `[{"a":{"y":[null,1]},"d":"null"}]`},
		{`{"a": 1, "b": null}`, `{"a": 1}`},
		{`{"a": "x\":null", "b": null, "c": 2}`, `{"a": "x\":null",  "c": 2}`},
		{`["a",null]`, `["a",null]`},
	} {
		if got := string(stripNulls([]byte(c[0]))); got != c[1] {
			t.Errorf("stripNulls(%s) = %s, want %s", c[0], got, c[1])
		}
	}
}

func TestMemberText(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in   string
		t    *value.Type
		want any
	}{
		{`null`, value.TJSONB, nil},
		{`"a\"\u00e9"`, value.TText, "a\"é"},
		{`12.50`, value.TNumeric, "12.50"},
		{`true`, value.TBool, "true"},
		{`{"a": [1]}`, value.TJSONB, `{"a": [1]}`},
		{`"x"`, value.TJSON, `"x"`},
		{`{"a": 1}`, value.TText, `{"a": 1}`},
		{`["a","b \"c\\",null]`, value.ArrayOf(value.TText), `{"a","b \"c\\",NULL}`},
		{`[[1,2],[3,4]]`, value.ArrayOf(value.TInt4), `{{"1","2"},{"3","4"}}`},
		{`[{"a":1}]`, value.ArrayOf(value.TJSONB), `{"{\"a\":1}"}`},
		{`"{1,2}"`, value.ArrayOf(value.TInt4), `{1,2}`},
		{`[]`, value.ArrayOf(value.TInt4), `{}`},
	} {
		got, err := memberText([]byte(c.in), c.t)
		if err != nil || got != c.want {
			t.Errorf("memberText(%s, %s) = %v, %v; want %v", c.in, c.t, got, err, c.want)
		}
	}
	if _, err := memberText([]byte(`"a\u0000b"`), value.TText); fault.CodeOf(err) != "22P05" {
		t.Errorf("NUL: %v", err)
	}
}

func TestBodyScan(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		in     string
		keys   int
		rows   int
		uneven bool
		code   string
	}{
		{`{"a":1,"b":[{"x":"]"}]}`, 2, 1, false, ""},
		{` [ {"a":1} , {"a":2} ] `, 1, 2, false, ""},
		{`[{"a":1,"b":2},{"b":1,"a":2}]`, 2, 2, false, ""},
		{`[{"a":1},{"a":1,"b":2}]`, 1, 2, true, ""},
		{`[{"a":1,"b":2},{"a":1}]`, 2, 2, true, ""},
		{`[{"a":1,"a":2},{"a":1}]`, 1, 2, false, ""},
		{`[]`, 0, 0, false, ""},
		{`5`, 0, 0, false, "PGRST102"},
		{``, 0, 0, false, "PGRST102"},
		{`{"a":1}x`, 0, 0, false, "PGRST102"},
		{"{\"a\":\"\xff\"}", 0, 0, false, "22021"},
	} {
		b := &body{text: []byte(c.in)}
		err := b.scan()
		if fault.CodeOf(err) != c.code || err == nil && (len(b.keys) != c.keys || len(b.rows) != c.rows || b.uneven != c.uneven) {
			t.Errorf("%s: %d keys, %d rows, uneven %v, %v", c.in, len(b.keys), len(b.rows), b.uneven, err)
		}
	}
}

func FuzzBody(f *testing.F) {
	for _, s := range []string{`{"a":1}`, `[{"a":[1,"x"]},{"a":{}}]`, `[1,{}]`, ` [ ] `, `{"a\"b":null}`} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, in string) {
		b := &body{text: []byte(in)}
		if b.scan() != nil {
			return
		}
		for i := range b.rows {
			b.at(i)
			for _, v := range b.members {
				if _, err := memberText(v, value.ArrayOf(value.TText)); err != nil && fault.CodeOf(err) != "22P05" {
					t.Fatal(err)
				}
			}
		}
		stripNulls([]byte(in))
	})
}
