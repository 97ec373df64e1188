package differential_test

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/sqlite"
	"github.com/plinth-dev/plinth/internal/server/house"
)

// catalogue asks a Postgres for all that it has, as statements that use it: each type,
// function, aggregate, window function, operator and cast, each relation of its catalogue.
// Functions that only the server itself can call, those with an argument or a result
// that SQL cannot name, are left out.
const catalogue = `
with arg (t, written) as (
  select oid, case
    when typname in ('anyelement', 'anynonarray', 'anycompatible', 'anycompatiblenonarray') then 'null::integer'
    when typname in ('anyarray', 'anycompatiblearray') then 'null::integer[]'
    when typname in ('anyrange', 'anycompatiblerange') then 'null::int4range'
    when typname in ('anymultirange', 'anycompatiblemultirange') then 'null::int4multirange'
    when typname = 'anyenum' then 'null::public.mood' when typname = 'any' then 'null::text'
    when typname in ('record', '_record') then 'row(1)'
    else 'null::' || format_type(oid, null) end
  from pg_type),
hidden as (select oid from pg_type where typname in ('internal', 'trigger', 'event_trigger', 'language_handler',
  'index_am_handler', 'table_am_handler', 'tsm_handler', 'fdw_handler', 'pg_ddl_command'))
select 'type', typname, 'select null::' || format_type(oid, null) from pg_type
where typnamespace = 'pg_catalog'::regnamespace and typtype in ('b', 'r', 'm') and typelem = 0
union all
select 'function', p.proname, format(case
    when p.prokind = 'p' then 'call %1$s(%2$s)'
    when p.prokind = 'w' then 'select %1$s(%2$s) over (order by 1)'
    when a.aggkind = 'h' then 'select %1$s(null::text) within group (order by null::text)'
    when a.aggkind = 'o' then 'select %1$s(%3$s) within group (order by %4$s)'
    when p.prorettype = 'record'::regtype and p.proargmodes is null and p.proretset or p.proname in ('json_to_record', 'jsonb_to_record')
      then 'select * from %1$s(%2$s) as x (a int)'
    when p.proretset then 'select * from %1$s(%2$s)'
    else 'select %1$s(%2$s)' end, 'pg_catalog.' || quote_ident(p.proname), args.whole, args.direct, args.sorted)
from pg_proc p left join pg_aggregate a on a.aggfnoid = p.oid, lateral (
  select coalesce(string_agg(case when n = p.pronargs and p.provariadic not in (0, '"any"'::regtype) then 'variadic ' else '' end || written, ', ' order by n), '') as whole,
    coalesce(string_agg(written, ', ' order by n) filter (where n <= a.aggnumdirectargs), '') as direct,
    coalesce(string_agg(written, ', ' order by n) filter (where n > a.aggnumdirectargs), '') as sorted
  from unnest(p.proargtypes) with ordinality u (t, n) join arg using (t)) args
where p.pronamespace = 'pg_catalog'::regnamespace and p.prorettype not in (table hidden)
  and not exists (select from unnest(p.proargtypes) u (t) where t in (table hidden))
union all
select 'operator', o.oprname, 'select ' || coalesce(l.written || ' ', '') || o.oprname || ' ' || r.written
from pg_operator o left join arg l on l.t = o.oprleft join arg r on r.t = o.oprright
where o.oprnamespace = 'pg_catalog'::regnamespace
union all
select 'cast', format_type(castsource, null) || ' to ' || format_type(casttarget, null), 'select ' || s.written || '::' || format_type(casttarget, null)
from pg_cast join arg s on s.t = castsource where castsource < 16384 and casttarget < 16384
union all
select 'relation', relname, 'select 1 from ' || relnamespace::regnamespace || '.' || relname || ' limit 0'
from pg_class where relkind in ('r', 'v') and relnamespace in ('pg_catalog'::regnamespace, 'information_schema'::regnamespace)
order by 1, 2, 3`

// TestEverythingIsListed: whatever Postgres has of types, functions, operators, casts
// and catalogue, the engine has it too, or refuses it as such, with a way out, and
// docs/portable-sql.md names it. No use of any is met as an unknown name or syntax.
func TestEverythingIsListed(t *testing.T) {
	t.Parallel()
	ctx := context.Background()
	const setup = `create type public.mood as enum ('low', 'high')`
	b := newBench(t)
	p := b.pg.(*oracle)
	if err := p.begin(ctx); err != nil {
		t.Fatal(err)
	}
	if err := p.exec(setup); err != nil {
		t.Fatal(err)
	}
	c, err := pgconn.Connect(ctx, p.url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close(ctx)
	res := c.ExecParams(ctx, catalogue, nil, nil, nil, nil).Read()
	if res.Err != nil {
		t.Fatal(res.Err)
	}
	drv, err := sqlite.Open(ctx, sqlite.Config{Dir: b.dir, Readers: 1})
	if err != nil {
		t.Fatal(err)
	}
	defer drv.Close()
	for _, sc := range append(house.Scripts(), db.Script{File: "first.sql", SQL: setup}) {
		if _, err := drv.Script(ctx, sc); err != nil {
			t.Fatal(err)
		}
	}
	var all strings.Builder
	for _, r := range res.Rows {
		fmt.Fprintf(&all, "%s;\n", r[2])
	}
	list, err := drv.Trial(ctx, db.Script{File: "everything.sql", SQL: all.String()})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("../../docs/portable-sql.md")
	if err != nil {
		t.Fatal(err)
	}
	page := map[string]bool{}
	for _, w := range regexp.MustCompile(`[^\s,(]+`).FindAllString(string(text), -1) {
		page[w] = true
	}
	states := map[string]int{}
	for _, v := range list {
		r := res.Rows[v.Line-1]
		kind, name := string(r[0]), string(r[1])
		states[kind+" "+v.State]++
		switch {
		case v.State == "ok", v.State == "note":
		case v.State != "refused" && p.run("owner", string(r[2])).code == v.Code && !unknown[v.Code]:
		case v.State != "refused":
			t.Errorf("%s %s: %s: %s %s", kind, name, r[2], v.Code, v.Message)
		case v.Hint == "":
			t.Errorf("%s %s: %s: %s, without a way out", kind, name, r[2], v.Message)
		case kind == "function" && !page[name]:
			t.Errorf("%s %s is refused and not on the page", kind, name)
		}
	}
	if len(list) < len(res.Rows) {
		t.Errorf("%d verdicts on %d statements", len(list), len(res.Rows))
	}
	t.Logf("%d uses of all that Postgres has: %v", len(res.Rows), states)
}

// unknown are the codes by which a name or a syntax is met as one that is not there.
var unknown = map[string]bool{"42601": true, "42883": true, "42704": true, "42P01": true, "42703": true, "3F000": true}
