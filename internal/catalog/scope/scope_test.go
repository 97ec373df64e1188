package scope_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/scope"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func FuzzParseName(f *testing.F) {
	for _, s := range []string{`a`, `a.b`, `"A b"."c""d"`, `public."x"`, `a."`, `..`} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, schema, name string) {
		scope.ParseName(schema)
		if schema == "" || name == "" {
			return
		}
		want := pgsql.Ident{Schema: schema, Name: name}
		if got := scope.ParseName(scope.QuoteName(schema, name)); got != want {
			t.Errorf("%q.%q comes back as %+v", schema, name, got)
		}
	})
}

func world() *catalog.Catalog {
	c := catalog.New()
	add := func(id int, name string, cols ...string) {
		t := &catalog.Table{ID: id, Schema: "public", Name: name}
		for _, n := range cols {
			t.Columns = append(t.Columns, &catalog.Column{Name: n, Type: value.TInt4})
		}
		c.Schemas["public"].Tables[name] = t
	}
	add(1, "a", "id", "x")
	add(2, "b", "id", "a_id", "y")
	return c
}

func query(t *testing.T, sql string) *pgsql.Select {
	t.Helper()
	st, err := pgsql.ParseOne(sql)
	if err != nil {
		t.Fatal(err)
	}
	return st.(*pgsql.Select)
}

func TestOutputNames(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"select id, x as y, a.x from a":                                   "id,y,x",
		"select *, 1 from a":                                              "id,x,?column?",
		"select b.* from a, b":                                            "id,a_id,y",
		"select count(*), x::text, 'a'::text, (1)::int4 from a":           "count,x,text,int4",
		"select coalesce(x, 1), case when true then x end from a":         "coalesce,case",
		"select (select y from b), exists (select 1), array[1]":           "y,exists,array",
		"select id from a union select y from b":                          "id",
		"values (1, 2)":                                                   "column1,column2",
		"with q as (select x from a) select * from q":                     "x",
		"with recursive q(n) as (select 1 union select n from q) table q": "n",
		"select * from (select id as k from a) s(z)":                      "z",
	} {
		w := &scope.Scan{C: world(), Path: []string{"public"}}
		if strings.HasSuffix(sql, "table q") {
			sql = strings.Replace(sql, "table q", "select * from q", 1)
		}
		if got := strings.Join(w.Outputs(query(t, sql)), ","); got != want {
			t.Errorf("%s: %s, want %s", sql, got, want)
		}
	}
}

func TestColumnsResolve(t *testing.T) {
	t.Parallel()
	for sql, want := range map[string]string{
		"select x from a where exists (select 1 from b where a_id = a.id and y = x)": "a.id a.x a.x b.a_id b.y",
		"select id from b where id in (select id from a)":                            "a.id b.id b.id",
		"select s.k from (select id as k from a) s":                                  "a.id",
		"with a as (select 1 as id) select id from a":                                "",
		"select public.a.x, c.y from public.a join b c on c.a_id = a.id":             "a.id a.x b.a_id b.y",
		"select * from a":                              "a.id a.x",
		"select a from a":                              "",
		"select x from a order by x":                   "a.x a.x",
		"select v.x from a, lateral (select a.x) as v": "a.x",
		"select count(*) filter (where x > 1) from a":  "a.x",
		"select sum(x) over (partition by id) from a":  "a.id a.x",
	} {
		var got []string
		w := &scope.Scan{C: world(), Path: []string{"public"}}
		w.Column = func(tbl *catalog.Table, name string, _ *pgsql.Column) { got = append(got, tbl.Name+"."+name) }
		w.Query(query(t, sql))
		slices.Sort(got)
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %v, want %s", sql, got, want)
		}
	}
}
