package rest_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

// TestAggregates: off unless the configuration, or the database, turns them on.
func TestAggregates(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.run([]step{
		{line: "GET /todos?select=id.max()", status: 400, answer: `{"code":"PGRST123","details":null,"hint":null,"message":"Use of aggregate functions is not allowed"}`},
	})
	roleSettings.Lock()
	t.Cleanup(roleSettings.Unlock)
	a.script("alter role authenticator set pgrst.db_aggregates_enabled = 'true'")
	t.Cleanup(func() { a.script("alter role authenticator reset pgrst.db_aggregates_enabled") })
	a.run([]step{
		{line: "GET /todos?select=id.max(),done,n:count()&order=done", status: 200, answer: `[{"max":4,"done":false,"n":3},{"max":2,"done":true,"n":1}]`},
		{line: "GET /todos?select=total:cost.sum()::text,low:id.min(),mean:id.avg()", status: 200, answer: `[{"total":"3.60","low":1,"mean":2.5}]`},
		{line: "GET /lists?select=id,todos(id.max())&order=id&limit=2", status: 200, answer: `[{"id":1,"todos":[{"max":2}]},{"id":2,"todos":[{"max":3}]}]`},
	})
	open(t, func(c *rest.Config) { c.Aggregates = true }).run([]step{
		{line: "GET /todos?select=count()", status: 200, answer: `[{"count":4}]`},
	})
}

// TestGrammar walks the grammar of filters, selections, orders, preferences and ranges
// once, on either engine; what has a transcript of its own is not repeated.
func TestGrammar(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script(`create table things (id int primary key, name text, n int, list int[], doc jsonb, ok boolean, at tsvector);
		insert into things values (1, 'alpha', 10, '{1,2}', '{"a": {"b": [3, "x"]}, "k": 2}', true, 'cat fat'),
			(2, 'Beta', null, '{3}', '{"k": 1}', false, 'rat'), (3, 'a,"b"(c)', 30, null, null, null, null);
		grant all on things to anon;
		create function sum_of(variadic v int[]) returns bigint language sql immutable as 'select sum(x) from unnest(v) x';
		create function twice(a int) returns int language sql immutable as 'select a * 2';
		create function twice(a int, b int default 1) returns int language sql immutable as 'select a * 2 + b';
		create function echo(json) returns json language sql immutable as 'select $1';
		create function seen() returns text language sql stable as $$ select current_setting('request.headers')::json->>'x-mine' || ' ' || current_setting('request.method') || ' ' || current_setting('request.path') $$;
		create function teapot() returns text language plpgsql as $$ begin
			perform set_config('response.status', '418', true);
			perform set_config('response.headers', '[{"X-Tea": "green"}, {"X-Tea": "black"}]', true);
			return 'short'; end $$;
		create function raised() returns void language plpgsql as $$ begin
			raise sqlstate 'PGRST' using message = '{"code":"C1","message":"no","details":"d","hint":"h"}', detail = '{"status":402,"headers":{"X-Why":"money"}}'; end $$;
		create function ptcode() returns void language plpgsql as $$ begin raise sqlstate 'PT451' using message = 'for legal reasons'; end $$`)
	for _, part := range [][]step{filters, selections, ranges, writes, calls} {
		a.run(part)
	}
}

const object = "Accept: application/vnd.pgrst.object+json"

var filters = []step{
	{line: "GET /things?select=id&name=like(any).{a*,B*}&order=id", status: 200, answer: `[{"id":1},{"id":2},{"id":3}]`},
	{line: "GET /things?select=id&name=ilike(all).{*b*,*c*}", status: 200, answer: `[{"id":3}]`},
	{line: "GET /things?select=id&id=eq(any).{1,3}&order=id", status: 200, answer: `[{"id":1},{"id":3}]`},
	{line: "GET /things?select=id&id=gt(all).{1,2}", status: 200, answer: `[{"id":3}]`},
	{line: "GET /things?select=id&id=not.eq(any).{1,3}", status: 200, answer: `[{"id":2}]`},
	{line: "GET /things?select=id&name=match.^[aB]&order=id", status: 200, answer: `[{"id":1},{"id":2},{"id":3}]`},
	{line: "GET /things?select=id&name=imatch.^b", status: 200, answer: `[{"id":2}]`},
	{line: "GET /things?select=id&n=isdistinct.10&order=id", status: 200, answer: `[{"id":2},{"id":3}]`},
	{line: "GET /things?select=id&ok=is.TRUE", status: 200, answer: `[{"id":1}]`},
	{line: "GET /things?select=id&ok=is.unknown", status: 200, answer: `[{"id":3}]`},
	{line: "GET /things?select=id&n=is.not_null&order=id", status: 200, answer: `[{"id":1},{"id":3}]`},
	{line: "GET /things?select=id&n=is.nonsense", status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST100"},
	{line: `GET /things?select=id&name=in.(alpha,"a,\"b\"(c)")&order=id`, status: 200, answer: `[{"id":1},{"id":3}]`},
	{line: "GET /things?select=id&id=in.()", status: 200, answer: `[]`},
	{line: `GET /things?select=id&or=(name.eq."a,\"b\"(c)",and(n.not.is.null,not.or(id.gt.2,ok.is.false)))&order=id`, status: 200, answer: `[{"id":1},{"id":3}]`},
	{line: "GET /things?select=id&not.and=(id.gte.1,id.lte.2)", status: 200, answer: `[{"id":3}]`},
	{line: "GET /things?select=id&not.or=(id.eq.1,name.eq.Beta)", status: 200, answer: `[{"id":3}]`},
	{line: "GET /things?select=id&list=ov.{2,3}&order=id", status: 200, answer: `[{"id":1},{"id":2}]`},
	{line: "GET /things?select=id&list=cd.{1,2,9}", status: 200, answer: `[{"id":1}]`},
	{line: `GET /things?select=id&doc=cs.{"k":1}`, status: 200, answer: `[{"id":2}]`},
	{line: "GET /things?select=id&at=fts.cat", status: 200, answer: `[{"id":1}]`},
	{line: "GET /things?select=id&at=fts(simple).fat %26 cat", status: 200, answer: `[{"id":1}]`},
	{line: "GET /things?select=id&at=plfts(simple).cat fat", status: 200, answer: `[{"id":1}]`},
	{line: "GET /things?select=id&at=wfts(simple).rat or cat&order=id", status: 200, answer: `[{"id":1},{"id":2}]`},
	{line: "GET /things?select=id&at=not.phfts(simple).cat fat&order=id", status: 200, answer: `…`},
	{line: "GET /things?select=id&doc->a->b->>1=eq.x", status: 200, answer: `[{"id":1}]`},
	{line: "GET /things?select=id&doc->a->b->-2=eq.3", status: 200, answer: `[{"id":1}]`},
}

var selections = []step{
	{line: "GET /lists?select=&id=eq.3", status: 200, answer: `…`, has: "Content-Location: /lists?id=eq.3&select="},
	{line: "GET /things?select=b:doc->a->b,doc->>k,\"name\"&id=eq.1", status: 200, answer: `[{"b":[3,"x"],"k":"2","name":"alpha"}]`},
	{line: "GET /things?select=k:doc->k::text,n::text&id=eq.1", status: 200, answer: `[{"k":"2","n":"10"}]`},
	{line: "GET /things?select=id&order=doc->>k.desc.nullslast", status: 200, answer: `[{"id":1},{"id":2},{"id":3}]`},
	{line: "GET /things?select=id&order=n.nullsfirst,id.desc", status: 200, answer: `[{"id":2},{"id":1},{"id":3}]`},
	{line: "GET /lists?select=name,...todos(titles:title)&order=id&todos.order=id", status: 200,
		answer: `[{"name":"home","titles":["milk","bread"]},{"name":"work","titles":["report"]},{"name":"empty","titles":[]}]`},
	{line: "GET /lists?select=id,todos()&todos=not.is.null&order=id", status: 200, answer: `[{"id":1},{"id":2}]`},
	{line: "GET /lists?select=id&or=(todos.is.null,id.eq.1)&order=id", status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=42703"},
	{line: "GET /lists?select=id,todos()&or=(todos.is.null,id.eq.1)&order=id", status: 200, answer: `[{"id":1},{"id":3}]`},
	{line: "GET /lists?select=id,t:todos(id)&t.or=(id.eq.1,done.is.true)&t.order=id.desc&t.limit=1&id=eq.1", status: 200, answer: `[{"id":1,"t":[{"id":2}]}]`},
	{line: "GET /todos?select=id&order=lists(name).desc.nullslast,id&limit=1", status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST108"},
	{line: "GET /todos?select=id,lists()&order=lists(name).desc.nullslast,id&limit=1", status: 200, answer: `[{"id":3}]`},
	{line: "GET /lists?select=id,todos(id)&order=todos(id)", status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST118"},
	{line: "GET /things?select=id,nothing(id)", status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST200"},
}

var ranges = []step{
	{line: "GET /things?select=id&limit=0", status: 200, answer: `[]`, has: "Content-Range: */*\nContent-Location: /things?limit=0&select=id"},
	{line: "GET /things?select=id&limit=0", headers: "Prefer: count=exact", status: 206, answer: `[]`, has: "Content-Range: */3"},
	{line: "GET /things?select=id&id=gt.9", headers: "Prefer: count=exact", status: 200, answer: `[]`, has: "Content-Range: */0"},
	{line: "GET /things?select=id&order=id&offset=1", headers: "Range: 0-1", status: 200, answer: `[{"id":2}]`, has: "Content-Range: 1-1/*"},
	{line: "GET /things?select=id", headers: "Range: 2-1", status: 416, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST103"},
	{line: "HEAD /things?select=id", headers: "Range: 0-0", status: 200, has: "Content-Range: 0-2/*"},
	{line: "GET /things?select=id&offset=9", headers: "Prefer: count=exact", status: 416, answer: `…`, has: "Content-Range: */3"},
	{line: "GET /things?select=id,n&order=id", headers: "Accept: application/vnd.pgrst.array+json;nulls=stripped", status: 200, answer: `[{"id":1,"n":10},{"id":2},{"id":3,"n":30}]`},
	{line: "GET /things?select=id,n&id=eq.2", headers: object + ";nulls=stripped", status: 200, answer: `{"id":2}`,
		has: "Content-Type: application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8"},
	{line: "GET /things?select=id&id=eq.1", headers: "Prefer: count=exact, handling=lenient, return=minimal, timezone=UTC, count=planned, nonsense", status: 200, answer: `…`,
		has: "Preference-Applied: return=minimal, count=exact, handling=lenient, timezone=UTC"},
	{line: "OPTIONS /rpc/twice", status: 200, has: "Allow: OPTIONS,GET,HEAD,POST"},
}

const upserts = `[{"method":"POST","path":"/things","headers":{"Prefer":"resolution=merge-duplicates"},"body":{"id":1,"name":"alpha"}},
	{"method":"POST","path":"/things","headers":{"Prefer":"resolution=merge-duplicates"},"body":{"id":7,"name":"new"}}]`

var writes = []step{
	{line: "POST /things", headers: "Prefer: resolution=merge-duplicates", body: `[{"id":1,"name":"alpha"},{"id":2,"name":"Beta"}]`, status: 200, has: "Preference-Applied: resolution=merge-duplicates"},
	{line: "POST /things", headers: "Prefer: resolution=merge-duplicates", body: `{"id":1,"name":"alpha"}`, status: 200},
	{line: "POST /things?select=id", headers: back + "Prefer: resolution=merge-duplicates", body: `[{"id":1,"name":"alpha"},{"id":8,"name":"new"}]`, status: 201, answer: `[{"id":1},{"id":8}]`},
	{line: "POST /things?select=id", headers: back + "Prefer: resolution=merge-duplicates", body: `[{"id":1,"name":"alpha"},{"id":8,"name":"new"}]`, status: 200, answer: `[{"id":1},{"id":8}]`},
	{line: "POST /batch", body: upserts, status: 200, answer: `[
		{"status":200,"headers":{"content-range":"*/*","preference-applied":"resolution=merge-duplicates"},"body":null},
		{"status":201,"headers":{"content-range":"*/*","preference-applied":"resolution=merge-duplicates"},"body":null}]`},
	{line: "POST /things", headers: "Prefer: resolution=ignore-duplicates", body: `{"id":1,"name":"x"}`, status: 201},
	{line: "PUT /things?id=eq.8", body: `{"id":8,"name":"put"}`, status: 204},
	{line: "PUT /things?id=eq.8&select=name", headers: back, body: `{"id":8,"name":"put"}`, status: 200, answer: `[{"name":"put"}]`},
	{line: "PUT /things?id=eq.9&select=name", headers: back, body: `{"id":9,"name":"put"}`, status: 201, answer: `[{"name":"put"}]`},
	{line: "PUT /things?id=eq.9&limit=1", body: `{"id":9}`, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST114"},
	{line: "POST /things?select=id,name", headers: back + "Content-Type: text/csv\nAccept: text/csv", body: "id,name,n\n20,\"x, \"\"y\"\"\",NULL\n21,z,4\n", status: 201, answer: "id,name\n20,\"x, \"\"y\"\"\"\n21,z"},
	{line: "POST /things", headers: "Content-Type: application/x-www-form-urlencoded", body: "id=22&name=form", status: 201},
	{line: "DELETE /things?id=gte.8", headers: "Prefer: handling=strict, max-affected=9, count=exact", status: 204,
		has: "Content-Range: */5\nPreference-Applied: count=exact, handling=strict, max-affected=9"},
}

var calls = []step{
	{line: "GET /rpc/sum_of?v=1&v=2&v=3", status: 200, answer: `6`},
	{line: "POST /rpc/sum_of", body: `{"v":[4,5]}`, status: 200, answer: `9`},
	{line: "GET /rpc/twice?a=3", status: 300, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST203"},
	{line: "GET /rpc/twice?a=3&b=0", status: 200, answer: `6`},
	{line: "HEAD /rpc/twice?a=3&b=0", status: 200, has: "Content-Range: 0-0/*"},
	{line: "POST /rpc/echo", body: `{"x":[1]}`, status: 200, answer: `{"x":[1]}`},
	{line: "GET /rpc/seen", headers: "X-Mine: me", status: 200, answer: `"me GET /rpc/seen"`},
	{line: "POST /rpc/teapot", body: `{}`, status: 418, answer: `"short"`, has: "X-Tea: green, black"},
	{line: "POST /rpc/raised", body: `{}`, status: 402, answer: `{"code":"C1","message":"no","details":"d","hint":"h"}`, has: "X-Why: money\nProxy-Status: PostgREST; error=C1"},
	{line: "POST /rpc/ptcode", body: `{}`, status: 451, answer: `{"code":"PT451","details":null,"hint":null,"message":"for legal reasons"}`},
	{line: "POST /rpc/add", headers: "Content-Type: application/x-www-form-urlencoded", body: "a=1&b=2", status: 200, answer: `3`},
	{line: "POST /rpc/add", headers: "Prefer: return=minimal", body: `{"a":1}`, status: 204},
	{line: "GET /rpc/names", headers: "Accept: text/csv", status: 200, answer: "…"},
}
