package rest_test

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/wire"
)

// instant is a driver that answers one row at once: what is left is the room itself.
type instant struct{ cat *catalog.Catalog }

func (d *instant) Query(context.Context, *db.Session, string, []any) (db.Cursor, error) {
	return &oneRow{}, nil
}
func (d *instant) Read(ctx context.Context, fn func(db.Conn) error) error { return nil }
func (d *instant) Write(ctx context.Context, fn func(db.Conn) error) (db.Mark, error) {
	return db.Mark{}, nil
}
func (d *instant) Script(context.Context, db.Script) ([]catalog.Notice, error) { return nil, nil }
func (d *instant) Catalog() *catalog.Catalog                                   { return d.cat }
func (d *instant) Changes(context.Context, db.Position) iter.Seq2[db.Change, error] {
	return func(func(db.Change, error) bool) {}
}
func (d *instant) Position(context.Context) (db.Position, error) { return db.Position{}, nil }
func (d *instant) Close() error                                  { return nil }

type oneRow struct{ done bool }

func (c *oneRow) Columns() []db.Column { return nil }
func (c *oneRow) Next() bool           { d := c.done; c.done = true; return !d }
func (c *oneRow) AppendJSON(dst []byte, _ int) []byte {
	return append(dst, `"value"`...)
}
func (c *oneRow) AppendText(dst []byte, _ int) ([]byte, bool) { return append(dst, "value"...), true }
func (c *oneRow) Value(int) value.Value                       { return value.Int(1) }
func (c *oneRow) Affected() int64                             { return 1 }
func (c *oneRow) Err() error                                  { return nil }
func (c *oneRow) Close() error                                { return nil }

// sink is a response that is thrown away.
type sink struct{ h http.Header }

func (s *sink) Header() http.Header         { return s.h }
func (s *sink) Write(p []byte) (int, error) { return len(p), nil }
func (s *sink) WriteHeader(int)             {}

// BenchmarkRoom measures the room without a database: routing, headers, query string,
// plan lookup, binding, encoding.
func BenchmarkRoom(b *testing.B) {
	a := open(b, nil)
	cfg := rest.Default()
	cfg.DB = db.New(&instant{a.db.Catalog()})
	s, err := rest.New(cfg)
	if err != nil {
		b.Fatal(err)
	}
	h := s.Handler()
	for _, c := range []struct{ name, query string }{
		{"row", "select=*&id=eq.5"},
		{"embed", "select=id,title,lists(id,name)&done=is.false&order=id.desc&limit=20"},
	} {
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", "/todos?"+c.query, nil)
			r.Header.Set("Accept", "application/json")
			r.Header.Set("Authorization", "Bearer x")
			r.Header.Set("User-Agent", "bench")
			r = wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}})
			b.ReportAllocs()
			for b.Loop() {
				h.ServeHTTP(&sink{http.Header{}}, r)
			}
		})
	}
}

// BenchmarkSQLite is the whole way of a GET on the embedded engine.
func BenchmarkSQLite(b *testing.B) {
	a := open(b, nil)
	for _, c := range []struct{ name, query string }{
		{"row", "select=*&id=eq.1"},
		{"embed", "select=id,title,lists(id,name)&order=id.desc&limit=20"},
		{"many", "select=id,todos(id,title)&limit=20"},
	} {
		table := "/todos?"
		if c.name == "many" {
			table = "/lists?"
		}
		b.Run(c.name, func(b *testing.B) {
			r := httptest.NewRequest("GET", table+c.query, nil)
			r = wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}})
			b.ReportAllocs()
			for b.Loop() {
				a.handler.ServeHTTP(&sink{http.Header{}}, r)
			}
		})
	}
}

func (d *instant) Forget(context.Context, db.Position) error { return nil }
