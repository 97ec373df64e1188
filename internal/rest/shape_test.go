package rest

import (
	"context"
	"maps"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/wire"
)

// TestTheSecondRequestOfAShapeParsesNothing: whatever its values are, it is served by
// the plan that the first one made; a plan is made whenever anything is parsed.
func TestTheSecondRequestOfAShapeParsesNothing(t *testing.T) {
	t.Parallel()
	drv, err := sqlite.Open(context.Background(), sqlite.Config{Dir: t.TempDir(), Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	d := db.New(drv)
	defer d.Close()
	sql := `create table a (id int primary key, b text, c int[]); create table k (id int primary key, a_id int references a (id), x jsonb);
		grant all on a, k to anon; create function f(n int, m text default '') returns setof a language sql stable as 'select * from a where id = n';`
	if _, err := d.Script(context.Background(), db.Script{File: "a", SQL: sql}); err != nil {
		t.Fatal(err)
	}
	s, err := New(Config{DB: d, Schemas: []string{"public"}, MaxRows: 100})
	if err != nil {
		t.Fatal(err)
	}
	h := s.Handler()
	call := func(line, body string) {
		t.Helper()
		method, target, _ := strings.Cut(line, " ")
		r := httptest.NewRequest(method, target, strings.NewReader(body))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}}))
		if w.Code >= 400 {
			t.Fatalf("%s: %d %s", line, w.Code, w.Body)
		}
	}
	for _, c := range []struct{ first, body, second, again string }{
		{"GET /a?id=eq.1&select=id,b", "", "GET /a?id=eq.22&select=id,b", ""},
		{"GET /a?id=in.(1,2)&b=like.x*&c=cs.{1}", "", "GET /a?id=in.(3)&b=like.*yy&c=cs.{2,3}", ""},
		{"GET /k?select=id,a(b)&a.id=gt.1&order=id.desc&limit=5&offset=1", "", "GET /k?select=id,a(b)&a.id=gt.9&order=id.desc&limit=7&offset=2", ""},
		{"GET /a?select=id,k(id)&k.limit=1&k.x->>y=eq.1", "", "GET /a?select=id,k(id)&k.limit=3&k.x->>y=eq.z", ""},
		{"POST /a", `{"id":1,"b":"x"}`, "POST /a", `{"id":2,"b":"y \" z"}`},
		{"POST /a", `[{"id":3},{"id":4}]`, "POST /a", `[{"id":5},{"id":6},{"id":7}]`},
		{"PATCH /a?id=eq.1", `{"b":"z"}`, "PATCH /a?id=eq.2", `{"b":null}`},
		{"DELETE /a?id=eq.1", "", "DELETE /a?id=eq.77", ""},
		{"GET /rpc/f?n=1", "", "GET /rpc/f?n=2", ""},
		{"POST /rpc/f", `{"n":1}`, "POST /rpc/f", `{"n":2}`},
	} {
		call(c.first, c.body)
		before := maps.Clone(s.current().plans.young)
		call(c.second, c.again)
		if !maps.Equal(before, s.current().plans.young) || len(before) == 0 {
			t.Errorf("%s %s: a plan was made anew", c.second, c.again)
		}
	}
}

const fifty = "select=id,body,created_at,author:profiles(id,name)&room_id=eq.1&order=created_at.desc&limit=50"

// BenchmarkSplit is what every request's query string costs: no tree is made.
func BenchmarkSplit(b *testing.B) {
	var ps [8]query.Param
	var key [512]byte
	b.ReportAllocs()
	for b.Loop() {
		list, err := query.Split(fifty, false, ps[:0])
		if err != nil {
			b.Fatal(err)
		}
		query.AppendShape(key[:0], list)
	}
}

// BenchmarkParse is what the first request of a shape costs besides.
func BenchmarkParse(b *testing.B) {
	list, err := query.Split(fifty, false, nil)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := query.Parse(list); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkBind(b *testing.B) {
	list, ferr := query.Split("id=in.(1,2,3)&body=like.x*&done=is.false&limit=5", false, nil)
	if ferr != nil {
		b.Fatal(ferr)
	}
	bd := binding{params: list, win: window{limit: 5}}
	args := []sqlgen.Arg{{From: sqlgen.Param, Form: sqlgen.InList, N: 0}, {From: sqlgen.Param, Form: sqlgen.Like, N: 1}, {From: sqlgen.Limit}}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := bd.bind(args); err != nil {
			b.Fatal(err)
		}
	}
}

// rows is a cursor of n equal rows.
type rows struct{ n int }

func (c *rows) Columns() []db.Column                        { return nil }
func (c *rows) Next() bool                                  { c.n--; return c.n >= 0 }
func (c *rows) AppendJSON(dst []byte, _ int) []byte         { return append(dst, `"a value of a column"`...) }
func (c *rows) AppendText(dst []byte, _ int) ([]byte, bool) { return append(dst, "a value"...), true }
func (c *rows) Value(int) value.Value                       { return value.Int(1) }
func (c *rows) Affected() int64                             { return 0 }
func (c *rows) Err() error                                  { return nil }
func (c *rows) Close() error                                { return nil }

// BenchmarkEncode is 50 rows of four columns with an embedded author, without a database.
func BenchmarkEncode(b *testing.B) {
	author := sqlgen.NewOut("author", 0)
	author.Object, author.Kids = true, []sqlgen.Out{sqlgen.NewOut("id", 0), sqlgen.NewOut("name", 1)}
	plan := &sqlgen.Plan{Out: []sqlgen.Out{sqlgen.NewOut("id", 0), sqlgen.NewOut("body", 1), sqlgen.NewOut("created_at", 2), author}}
	var out []byte
	b.ReportAllocs()
	for b.Loop() {
		e := encoder{plan: plan, out: out[:0], max: 1 << 20, win: window{limit: -1}}
		e.open()
		if err := e.rows(&db.Rows{Cursor: &rows{50}}); err != nil {
			b.Fatal(err)
		}
		e.close()
		out = e.out
	}
}
