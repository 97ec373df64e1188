package sqlgen_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/rest/query"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// BenchmarkCompile is what the first request of a shape pays, and every request whose
// logic tree holds new values.
func BenchmarkCompile(b *testing.B) {
	cat := load(b)
	c := sqlgen.Compiler{Schema: sqlgen.NewSchema(cat, []string{"public"})}
	table := cat.Schemas["public"].Tables["tasks"]
	raw := "select=id,title,projects(id,name),members(role,users(name))&or=(id.eq.1,and(title.eq.x,done.is.true))&order=id.desc&limit=20"
	b.ReportAllocs()
	for b.Loop() {
		ps, _ := query.Split(raw, false, nil)
		req, err := query.Parse(ps)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := c.Read(table, req, sqlgen.Page{Limit: true}); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkSchema is the derivation of the relationships of a new catalogue.
func BenchmarkSchema(b *testing.B) {
	cat := load(b)
	for b.Loop() {
		sqlgen.NewSchema(cat, []string{"public"})
	}
}
