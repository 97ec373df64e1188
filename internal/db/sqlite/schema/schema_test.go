package schema_test

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"sync"
	"testing"

	"modernc.org/sqlite"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/catalog/ddl"
	"github.com/plinth-dev/plinth/internal/db/sqlite/schema"
	"github.com/plinth-dev/plinth/internal/pgsql"
)

var collations = sync.OnceFunc(func() {
	sqlite.MustRegisterCollationUtf8("pg_numeric", strings.Compare)
	sqlite.MustRegisterCollationUtf8("pg_citext", func(a, b string) int {
		return strings.Compare(strings.ToLower(a), strings.ToLower(b))
	})
})

// bench is a database that follows a catalogue.
type bench struct {
	t   *testing.T
	db  *sql.Conn
	cat *catalog.Catalog
	ses *catalog.Session
}

func open(t *testing.T) *bench {
	t.Helper()
	collations()
	pool, err := sql.Open("sqlite", "file:"+t.TempDir()+"/x.db")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { pool.Close() })
	conn, err := pool.Conn(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	b := &bench{t: t, db: conn, cat: catalog.New(), ses: &catalog.Session{Role: "postgres", SearchPath: []string{"public"}}}
	b.exec("pragma foreign_keys = on")
	for _, s := range schema.Bootstrap() {
		b.exec(s)
	}
	b.exec("pragma synchronous = off")
	b.exec("update _tx set tx = 7, at = 99")
	return b
}

func (b *bench) exec(q string, args ...any) {
	b.t.Helper()
	if _, err := b.db.ExecContext(context.Background(), q, args...); err != nil {
		b.t.Fatalf("%s\n%v", q, err)
	}
}

// text returns a query's rows, columns by "|" and rows by " ".
func (b *bench) text(q string) string {
	b.t.Helper()
	rows, err := b.db.QueryContext(context.Background(), q)
	if err != nil {
		b.t.Fatalf("%s\n%v", q, err)
	}
	defer rows.Close()
	cols, _ := rows.Columns()
	var out []string
	for rows.Next() {
		vals := make([]any, len(cols))
		for i := range vals {
			vals[i] = new(any)
		}
		if err := rows.Scan(vals...); err != nil {
			b.t.Fatal(err)
		}
		parts := make([]string, len(cols))
		for i, v := range vals {
			parts[i] = fmt.Sprint(*v.(*any))
		}
		out = append(out, strings.Join(parts, "|"))
	}
	if rows.Err() != nil {
		b.t.Fatal(rows.Err())
	}
	return strings.Join(out, " ")
}

func quoted(_ *catalog.Table, x pgsql.Expr) (string, error) { return pgsql.Print(x), nil }

// ddl applies portable DDL and returns the steps of the last statement.
func (b *bench) ddl(src string) []schema.Step {
	b.t.Helper()
	stmts, err := pgsql.Parse(src)
	if err != nil {
		b.t.Fatal(err)
	}
	var steps []schema.Step
	for _, st := range stmts {
		next, _, err := ddl.Apply(b.cat, b.ses, st, src)
		if err != nil {
			b.t.Fatalf("%s: %v", src, err)
		}
		steps, err = schema.Diff(b.cat, next, quoted)
		if err != nil {
			b.t.Fatalf("%s: %v", src, err)
		}
		b.cat = next
		b.run(steps)
	}
	return steps
}

func (b *bench) run(steps []schema.Step) {
	b.t.Helper()
	if schema.Rebuilds(steps) {
		b.exec("pragma foreign_keys = off")
	}
	b.exec("begin immediate")
	for _, s := range steps {
		if s.SQL != "" {
			b.exec(s.SQL)
		}
		if s.Probe != "" && b.text(s.Probe) != "" {
			b.t.Errorf("%s finds a row: %v", s.Probe, s.Fault)
		}
	}
	if got := b.text("pragma foreign_key_check"); got != "" {
		b.t.Errorf("foreign keys point nowhere: %s", got)
	}
	b.exec("commit")
	b.exec("pragma foreign_keys = on")
	if got := b.text("pragma integrity_check"); got != "ok" {
		b.t.Errorf("integrity: %s", got)
	}
}

func (b *bench) want(q, want string) {
	b.t.Helper()
	if got := b.text(q); got != want {
		b.t.Errorf("%s\n got %s\nwant %s", q, got, want)
	}
}

func (b *bench) fails(q, with string) {
	b.t.Helper()
	_, err := b.db.ExecContext(context.Background(), q)
	if err == nil || !strings.Contains(err.Error(), with) {
		b.t.Errorf("%s: error %v, want %q", q, err, with)
	}
}

const tables = `
create table users (id uuid primary key, name text unique, balance numeric, mail citext unique);
create table posts (id bigint generated always as identity primary key, author uuid references users on delete cascade,
  title text not null, n int, w float8, raw bytea, unique (author, title));
create table tags (post bigint references posts(id) on delete cascade, tag text, primary key (post, tag));
create index on posts (n desc) where n > 0;
create index on posts (lower(title));
`

func (b *bench) fill() {
	b.exec(`insert into "public.users" values ('u1', 'ann', '1.10', 'A@x'), ('u2', null, '9', 'b@x'), ('u3', null, null, null)`)
	b.exec(`insert into "public.posts" (id, author, title, n, w, raw) values (1, 'u1', 'one', 5, 0.1, x'00ff'), (9007199254740993, 'u1', 'two', 0, 1e300, null), (3, 'u2', 'three', null, null, null)`)
	b.exec(`insert into "public.tags" values (1, 'a'), (1, 'b'), (3, 'a')`)
}

func TestTablesHoldTheirKeys(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl(tables)
	b.fill()
	b.fails(`insert into "public.users" values ('u1', null, null, null)`, "UNIQUE constraint failed")
	b.fails(`insert into "public.users" values ('u4', 'ann', null, null)`, "UNIQUE constraint failed")
	b.fails(`insert into "public.users" values ('u4', null, null, 'a@X')`, "UNIQUE constraint failed")
	b.fails(`insert into "public.tags" values (77, 'a')`, "FOREIGN KEY constraint failed")
	b.want(`select sql from sqlite_schema where name = 'public.tags'`, "CREATE TABLE \"public.tags\" (\n  \"post\" INTEGER,\n  \"tag\" TEXT,\n  constraint \"tags_post_fkey\" foreign key (\"post\") references \"public.posts\" (\"id\") deferrable initially deferred\n)")
	b.want(`select name from sqlite_schema where type = 'index' and tbl_name = 'public.posts' order by 1`, "public.posts_author_title_key public.posts_lower_idx public.posts_n_idx")
	b.fails(`delete from "public.users" where id = 'u1'`, "FOREIGN KEY constraint failed")
	b.want(`select * from _sequences`, "public.posts_id_seq|1|0")
}

func TestChangeLog(t *testing.T) {
	t.Parallel()
	b := open(t)
	b.ddl(tables)
	b.fill()
	posts := b.cat.Schemas["public"].Tables["posts"].ID
	b.exec("delete from _changes")
	b.exec(`insert into "public.posts" values (9007199254740995, 'u2', 'it''s "x"', 4, 0.1, x'00Ab')`)
	b.exec(`update "public.posts" set w = 1.7976931348623157e308, title = 'z' where id = 9007199254740995`)
	b.exec(`update "public.posts" set w = 9e999, n = null, raw = null where id = 9007199254740995`)
	b.exec(`delete from "public.posts" where id = 9007199254740995`)
	id := fmt.Sprint(posts)
	b.want(fmt.Sprintf(`select tx, at, tbl, op, key, new from _changes where tbl = %d`, posts), strings.Join([]string{
		"7|99|" + id + `|1|[9007199254740995]|[9007199254740995,"u2","it's \"x\"",4,0.1,"00ab"]`,
		"7|99|" + id + `|2|[9007199254740995]|[9007199254740995,"u2","z",4,1.7976931348623157e+308,"00ab"]`,
		"7|99|" + id + `|2|[9007199254740995]|[9007199254740995,"u2","z",null,"Infinity",null]`,
		"7|99|" + id + `|3|[9007199254740995]|<nil>`,
	}, " "))
	b.want(`select count(*) from _changes where old is not null`, "3")
	// Tables of the rooms are not.
	b.ddl(`create table auth.secrets (id int primary key, token text)`)
	b.exec(`insert into "auth.secrets" values (1, 'x')`)
	b.want(`select count(*) from _changes`, "4")
}

func TestAlterKeepsRows(t *testing.T) {
	t.Parallel()
	cases := []struct {
		name, ddl, query, want string
		rebuild                bool
	}{
		{"rename table", `alter table posts rename to articles`, `select id, title from "public.articles" order by 1`, "1|one 3|three 9007199254740993|two", false},
		{"rename column", `alter table posts rename column title to heading`, `select heading from "public.posts" order by id`, "one three two", false},
		{"rename key column", `alter table users rename column id to uid`, `select uid from "public.users" order by 1`, "u1 u2 u3", false},
		{"add column", `alter table posts add column extra int default 3`, `select id, extra from "public.posts" order by id`, "1|<nil> 3|<nil> 9007199254740993|<nil>", false},
		{"add reference", `alter table posts add column editor uuid references users on delete set null`, `select count(editor) from "public.posts"`, "0", false},
		{"drop column", `alter table posts drop column n`, `select * from "public.posts" where id = 1`, "1|u1|one|0.1|[0 255]", false},
		{"drop indexed column", `alter table posts drop column title`, `select id, n from "public.posts" where id = 1`, "1|5", false},
		{"drop reference column", `alter table posts drop column author`, `select id, title from "public.posts" order by id`, "1|one 3|three 9007199254740993|two", true},
		{"drop foreign key", `alter table tags drop constraint tags_post_fkey`, `select * from "public.tags" order by 1, 2`, "1|a 1|b 3|a", true},
		{"add foreign key", `alter table tags drop constraint tags_post_fkey; alter table tags add foreign key (post) references posts on delete set null`, `select * from "public.tags" order by 1, 2`, "1|a 1|b 3|a", true},
		{"drop primary key", `alter table posts drop constraint posts_pkey cascade`, `select id, title from "public.posts" order by 1`, "1|one 3|three 9007199254740993|two", true},
		{"set schema", `create schema app; alter table posts set schema app`, `select id from "app.posts" order by 1`, "1 3 9007199254740993", false},
		{"drop table", `drop table posts cascade`, `select count(*) from "public.tags"`, "3", true},
		{"drop several", `drop table users, posts, tags`, `select count(*) from sqlite_schema where name like 'public.%'`, "0", false},
		{"widen", `alter table users alter name type varchar`, `select name from "public.users" where id = 'u1'`, "ann", false},
		{"swap names", `alter table posts rename column title to t; alter table posts rename column n to title; alter table posts rename column t to n`, `select title, n from "public.posts" where id = 1`, "5|one", false},
		{"enum", `create type mood as enum ('a', 'b'); alter table users add column m mood; alter type mood rename value 'b' to 'c'`, `select count(m) from "public.users"`, "0", false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			b := open(t)
			b.ddl(tables)
			b.fill()
			steps := b.ddl(c.ddl)
			if got := schema.Rebuilds(steps); got != c.rebuild {
				t.Errorf("rebuilds = %v, want %v", got, c.rebuild)
			}
			b.want(c.query, c.want)
			b.matches()
		})
	}
}

// matches checks that the database is what a fresh one of the catalogue would be.
func (b *bench) matches() {
	b.t.Helper()
	fresh := open(b.t)
	steps, err := schema.Diff(catalog.New(), b.cat, quoted)
	if err != nil {
		b.t.Fatal(err)
	}
	fresh.run(steps)
	for _, t := range b.cat.AllTables() {
		name := strings.ReplaceAll(schema.TableName(t), "'", "''")
		for _, q := range []string{
			`select name, upper(type), pk from pragma_table_info('` + name + `') order by name`,
			`select "table", "from", "to", on_update, on_delete from pragma_foreign_key_list('` + name + `') order by 1, 2, 3`,
			`select name, "unique", partial from pragma_index_list('` + name + `') order by 1`,
			`select name, replace(sql, char(10), ' ') from sqlite_schema where type = 'trigger' and tbl_name = '` + name + `' order by 1`,
		} {
			if got, want := b.text(q), fresh.text(q); got != want {
				b.t.Errorf("%s\n got %s\nwant %s", q, got, want)
			}
		}
	}
	b.want(`select name from _sequences order by 1`, fresh.text(`select name from _sequences order by 1`))
}
