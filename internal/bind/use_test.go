package bind_test

import (
	"fmt"
	"math/rand/v2"
	"runtime/debug"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/bind"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

func TestUsesNameWhatAStatementNeeds(t *testing.T) {
	t.Parallel()
	cat := schema(t)
	for sql, want := range map[string]string{
		"select id from rooms where name = 'a'":              "select rooms(id name)",
		"select count(*) from rooms":                         "select rooms()",
		"select r from rooms r":                              "select rooms(id name mood created_at)",
		"select messages from room_stats":                    "select postgres:messages(room_id id); select postgres:rooms(id name); select room_stats(messages)",
		"insert into rooms (name) values ('a')":              "insert rooms(name)",
		"insert into rooms (name) values ('a') returning id": "insert rooms(name); select rooms(id)",
		"insert into slugs (slug) values ('a') on conflict (slug) do update set email = excluded.email": "insert slugs(slug); select slugs(slug); update slugs(email)",
		"update rooms set name = 'x' where id is null":                                                  "select rooms(id); update rooms(name)",
		"delete from members":                  "delete members()",
		"delete from members where role = 'x'": "delete members(); select members(role)",
		"select is_member(null, null)":         "select postgres:members(room_id user_id); call is_member",
		"select room_name(null)":               "select rooms(name id); call room_name",
		"select plus(1)":                       "call plus",
		"with x as (delete from members returning role) select * from x": "delete members(); select members(role)",
	} {
		st, err := statement(t, cat, sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		if got := usesText(st); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}

func usesText(st *bind.Stmt) string {
	var out []string
	for _, u := range st.Uses {
		var cols []string
		for _, c := range u.Cols {
			cols = append(cols, u.Table.Columns[c].Name)
		}
		actor := ""
		if u.Actor != "" {
			actor = u.Actor + ":"
		}
		out = append(out, fmt.Sprintf("%s %s%s(%s)", u.Priv, actor, u.Table.Name, strings.Join(cols, " ")))
	}
	for i := range out {
		for j := i + 1; j < len(out); j++ {
			if out[j] < out[i] {
				out[i], out[j] = out[j], out[i]
			}
		}
	}
	for _, f := range st.Calls {
		out = append(out, "call "+f.Name)
	}
	return strings.Join(out, "; ")
}

func TestDefinerBodiesReadAsTheirOwner(t *testing.T) {
	t.Parallel()
	st, err := statement(t, schema(t), "select * from rooms where is_member(id, auth.uid())")
	if err != nil {
		t.Fatal(err)
	}
	actors := map[string]string{}
	bind.Walk(st.Query, func(n any) bool {
		if r, ok := n.(*bind.Rel); ok && r.Table != nil {
			actors[r.Table.Name] = r.Actor
		}
		if _, ok := n.(*bind.UserCall); ok {
			t.Error("the call was not expanded")
		}
		return true
	})
	if actors["rooms"] != "" || actors["members"] != "postgres" {
		t.Errorf("actors = %v", actors)
	}
}

func TestVariables(t *testing.T) {
	t.Parallel()
	cat := schema(t)
	rooms, _ := cat.Table([]string{"public"}, pgsql.Ident{Name: "rooms"})
	row := &bind.Rel{Kind: bind.RelRow, Alias: "new", Table: rooms}
	for _, c := range rooms.Columns {
		row.Cols = append(row.Cols, value.Field{Name: c.Name, Type: c.Type})
	}
	cfg := config(cat)
	cfg.VarConflict = true
	cfg.Rows = map[string]*bind.Rel{"new": row}
	cfg.Vars = func(name string) (int, *value.Type, bool) {
		switch name {
		case "n":
			return 0, value.TInt4, true
		case "r":
			return 1, rooms.RowType(), true
		case "name":
			return 2, value.TText, true
		case "$1":
			return 3, value.TUUID, true
		}
		return 0, nil, false
	}
	for sql, want := range map[string]string{
		"n + 1":                            "integer",
		"r.name":                           "text",
		"r.mood":                           "mood",
		"(r).mood":                         "mood",
		"new.id":                           "uuid",
		"new":                              "rooms",
		"name":                             "text",
		"$1":                               "uuid",
		"r.nope":                           `42703 column "nope" not found in data type rooms`,
		"new.nope":                         "42703 column new.nope does not exist",
		"nope":                             `42703 column "nope" does not exist`,
		"nope.x":                           `42P01 missing FROM-clause entry for table "nope"`,
		"(select name from rooms limit 1)": `42702 column reference "name" is ambiguous`,
		"exists (select from rooms where id = new.id)": "boolean",
		"(select rooms.name from rooms where id = $1)": "text",
		"(select sum(n) from rooms)":                   "bigint",
	} {
		x, err := pgsql.ParseExpr(sql)
		if err != nil {
			t.Errorf("%s: %v", sql, err)
			continue
		}
		got := ""
		if e, err := bind.Expression(cfg, x, nil); err != nil {
			f := fault.From(err)
			got = f.Code + " " + f.Message
		} else {
			got = e.Type().String()
		}
		if got != want {
			t.Errorf("%s = %s, want %s", sql, got, want)
		}
	}
}

func TestRewriteKeepsWhatDoesNotChange(t *testing.T) {
	t.Parallel()
	st, err := statement(t, schema(t), `select name, (select count(*) from messages m where m.room_id = r.id and m.likes > 1)
		from rooms r where mood in ('ok', 'sad') and name like $1 order by name`)
	if err != nil {
		t.Fatal(err)
	}
	if got := bind.RewriteQuery(st.Query, func(e bind.Expr) bind.Expr { return e }); got != st.Query {
		t.Error("an empty rewrite copied the query")
	}
	params := func(q *bind.Query) int {
		n := 0
		bind.Walk(q, func(x any) bool {
			if _, ok := x.(*bind.Param); ok {
				n++
			}
			return true
		})
		return n
	}
	got := bind.RewriteQuery(st.Query, func(e bind.Expr) bind.Expr {
		if p, ok := e.(*bind.Param); ok {
			return &bind.Const{Val: value.Str("a%"), T: p.T}
		}
		return e
	})
	if params(st.Query) != 1 || params(got) != 0 {
		t.Errorf("parameters before and after: %d, %d", params(st.Query), params(got))
	}
}

// FuzzStatement: whatever parses, binds or fails with a fault, and never panics.
func FuzzStatement(f *testing.F) {
	for _, r := range readRecorded(f, "testdata/statements.txt") {
		f.Add(r.sql)
	}
	cat := schema(f)
	f.Fuzz(func(t *testing.T, sql string) {
		st, err := pgsql.ParseOne(sql)
		if err != nil {
			return
		}
		bindsOrFails(t, config(cat), st, sql)
	})
}

// TestMutatedStatements binds statements whose words were exchanged at random.
func TestMutatedStatements(t *testing.T) {
	t.Parallel()
	cat := schema(t)
	var all [][]string
	var words []string
	for _, r := range readRecorded(t, "testdata/statements.txt") {
		w := strings.Fields(strings.NewReplacer("(", " ( ", ")", " ) ", ",", " , ").Replace(r.sql))
		all = append(all, w)
		words = append(words, w...)
	}
	rnd := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		w := slices.Clone(all[rnd.IntN(len(all))])
		for range 1 + rnd.IntN(3) {
			i := rnd.IntN(len(w))
			switch rnd.IntN(3) {
			case 0:
				w[i] = words[rnd.IntN(len(words))]
			case 1:
				w = slices.Insert(w, i, words[rnd.IntN(len(words))])
			default:
				other := all[rnd.IntN(len(all))]
				w = append(w[:i:i], other[rnd.IntN(len(other)):]...)
			}
		}
		sql := strings.Join(w, " ")
		st, err := pgsql.ParseOne(sql)
		if err != nil {
			continue
		}
		bindsOrFails(t, config(cat), st, sql)
	}
}

func bindsOrFails(t *testing.T, cfg *bind.Config, st pgsql.Stmt, sql string) {
	t.Helper()
	defer func() {
		if p := recover(); p != nil {
			t.Errorf("%q panics: %v\n%s", sql, p, debug.Stack())
		}
	}()
	b, err := bind.Statement(cfg, st)
	if err != nil {
		if fault.CodeOf(err) == "" {
			t.Errorf("%q: not a fault: %v", sql, err)
		}
		return
	}
	check := func(n any) bool {
		if e, ok := n.(bind.Expr); ok && e.Type() == nil {
			t.Errorf("%q: %T has no type", sql, n)
		}
		return true
	}
	bind.Walk(b.Query, check)
	bind.Walk(b.Write, check)
}
