package rest_test

import "testing"

func TestRead(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "GET /people?select=name&order=name", status: 200, answer: `[{"name":"Ann"},{"name":"Bob"}]`,
			has: "Content-Range: 0-1/*\nContent-Type: application/json; charset=utf-8"},
		{line: "GET /todos?select=id,title,done,priority,tags,due,cost&id=eq.1", status: 200,
			answer: `[{"id":1,"title":"milk","done":false,"priority":"low","tags":["food","cold"],"due":"2026-01-02T03:04:05+00:00","cost":1.50}]`},
		{line: "GET /todos?select=id&title=in.(milk,bread)&order=id.desc", status: 200, answer: `[{"id":2},{"id":1}]`},
		{line: "GET /todos?select=id&or=(title.eq.milk,and(done.is.false,priority.eq.high))&order=id", status: 200, answer: `[{"id":1},{"id":3}]`},
		{line: "GET /todos?select=id&title=ilike.*R*&order=id", status: 200, answer: `[{"id":2},{"id":3},{"id":4}]`},
		{line: "GET /todos?select=id&tags=cs.{food}&order=id", status: 200, answer: `[{"id":1},{"id":2}]`},
		{line: "GET /todos?select=id&due=gte.2026-01-15&order=id", status: 200, answer: `[{"id":3}]`},
		{line: "GET /todos?select=id&list_id=is.null", status: 200, answer: `[{"id":4}]`},
		{line: "GET /todos?select=id&id=not.in.(1,2)&order=due.desc.nullslast", status: 200, answer: `[{"id":3},{"id":4}]`},
		{line: "GET /lists?select=color:meta->>color,n:meta->size->1&id=eq.1", status: 200, answer: `[{"color":"red","n":2}]`},
		{line: "GET /lists?select=id&meta->>color=eq.blue", status: 200, answer: `[{"id":3}]`},
		{line: "GET /todos?select=id::text&limit=1&order=id", status: 200, answer: `[{"id":"1"}]`},
	})
}

func TestReadEmbeds(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "GET /todos?select=id,lists(name,people:owner(name))&order=id&id=in.(1,4)", status: 200,
			answer: `[{"id":1,"lists":{"name":"home","people":{"name":"Ann"}}},{"id":4,"lists":null}]`},
		{line: "GET /lists?select=id,todos(id,title)&order=id&todos.order=id.desc&todos.limit=1", status: 200,
			answer: `[{"id":1,"todos":[{"id":2,"title":"bread"}]},{"id":2,"todos":[{"id":3,"title":"report"}]},{"id":3,"todos":[]}]`},
		{line: "GET /lists?select=id,todos!inner(id)&todos.done=is.true", status: 200, answer: `[{"id":1,"todos":[{"id":2}]}]`},
		{line: "GET /lists?select=name,shared:people!shares(name)&id=eq.1", status: 200, answer: `[{"name":"home","shared":[{"name":"Bob"}]}]`},
		{line: "GET /people?select=name,lists!lists_owner_fkey(name,todos(title))&order=name&limit=1&lists.todos.order=id", status: 200,
			answer: `[{"name":"Ann","lists":[{"name":"home","todos":[{"title":"milk"},{"title":"bread"}]}]}]`},
		{line: "GET /todos?select=id,...lists(list:name)&id=eq.1", status: 200, answer: `[{"id":1,"list":"home"}]`},
		{line: "GET /lists?select=name,todos(count)&order=id", status: 200,
			answer: `[{"name":"home","todos":[{"count":2}]},{"name":"work","todos":[{"count":1}]},{"name":"empty","todos":[{"count":0}]}]`},
		{line: "GET /lists?select=name,todos()&todos=is.null", status: 200, answer: `[{"name":"empty"}]`},
		{line: "GET /todos?select=id,lists(name)&order=lists(name).desc,id", status: 200, answer: `…`},
		{line: "GET /people?select=name,lists(name)", status: 300, answer: `…`},
	})
}

func TestReadHeaders(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "GET /todos?select=id&limit=2&order=id", headers: "Prefer: count=exact", status: 206, answer: `[{"id":1},{"id":2}]`,
			has: "Content-Range: 0-1/4\nPreference-Applied: count=exact"},
		{line: "GET /todos?select=id&limit=2&offset=3&order=id", headers: "Prefer: count=exact", status: 206, answer: `[{"id":4}]`, has: "Content-Range: 3-3/4"},
		{line: "GET /todos?select=id&offset=9", headers: "Prefer: count=exact", status: 416, answer: `{"code":"PGRST103","details":"An offset of 9 was requested, but there are only 4 rows.","hint":null,"message":"Requested range not satisfiable"}`},
		{line: "HEAD /todos?done=is.false", headers: "Prefer: count=exact", status: 200, has: "Content-Range: 0-2/3"},
		{line: "GET /todos?select=id&order=id", headers: "Range: 1-2", status: 200, answer: `[{"id":2},{"id":3}]`, has: "Content-Range: 1-2/*"},
		{line: "GET /todos?select=id&id=eq.1", headers: "Accept: application/vnd.pgrst.object+json", status: 200, answer: `{"id":1}`},
		{line: "GET /todos?select=id", headers: "Accept: application/vnd.pgrst.object+json", status: 406,
			answer: `{"code":"PGRST116","details":"The result contains 4 rows","hint":null,"message":"Cannot coerce the result to a single JSON object"}`},
		{line: "GET /todos?select=id,title,tags&order=id&limit=2", headers: "Accept: text/csv", status: 200, answer: "id,title,tags\n1,milk,\"{food,cold}\"\n2,bread,{food}"},
		{line: "GET /todos?select=id,due,lists(id,meta)&id=in.(2,3)&order=id", headers: "Accept: application/vnd.pgrst.array+json;nulls=stripped", status: 200,
			answer: `[{"id":2,"lists":{"id":1,"meta":{"color":"red","size":[1,2]}}},{"id":3,"due":"2026-02-01T00:00:00+00:00","lists":{"id":2}}]`},
		{line: "GET /todos", headers: "Accept: image/png", status: 406, answer: `…`},
		{line: "GET /todos", headers: "Accept-Profile: nope", status: 406,
			answer: `{"code":"PGRST106","details":null,"hint":"Only the following schemas are exposed: public","message":"Invalid schema: nope"}`},
		{line: "GET /todos", headers: "Prefer: handling=strict, bogus", status: 400, answer: `…`},
		{line: "OPTIONS /todos", status: 200, has: "Allow: OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"},
	})
}

func TestReadErrors(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "GET /todo", status: 404, answer: `{"code":"PGRST205","details":null,"hint":"Perhaps you meant the table 'public.todos'","message":"Could not find the table 'public.todo' in the schema cache"}`,
			has: "Proxy-Status: PostgREST; error=PGRST205"},
		{line: "GET /a/b", status: 404, answer: `{"code":"PGRST125","details":null,"hint":null,"message":"Invalid path specified in request URL"}`},
		{line: "GET /todos?id=5", status: 400, answer: `{"code":"PGRST100","details":"unexpected \"5\" expecting \"not\" or operator (eq, gt, ...)","hint":null,"message":"\"failed to parse filter (5)\" (line 1, column 1)"}`},
		{line: "GET /todos?nope=eq.5", status: 400, answer: `{"code":"42703","details":null,"hint":null,"message":"column todos.nope does not exist"}`},
		{line: "GET /todos?id=eq.x", status: 400, answer: `{"code":"22P02","details":null,"hint":null,"message":"invalid input syntax for type bigint: \"x\""}`},
		{line: "GET /todos?priority=eq.x", status: 400, answer: `{"code":"22P02","details":null,"hint":null,"message":"invalid input value for enum priority: \"x\""}`},
		{line: "GET /hidden", status: 401, answer: `{"code":"42501","details":null,"hint":null,"message":"permission denied for table hidden"}`, has: "WWW-Authenticate: Bearer"},
		{line: "GET /hidden", headers: "As: ann", status: 403, answer: `…`},
		{line: "PURGE /todos", status: 405, answer: `…`},
	})
}

func TestPolicies(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "GET /secrets?select=body", status: 200, answer: `[]`},
		{line: "GET /secrets?select=body", headers: "As: ann", status: 200, answer: `[{"body":"of ann"}]`},
		{line: "GET /secrets?select=body", headers: "As: bob\nPrefer: count=exact", status: 200, answer: `[{"body":"of bob"}]`, has: "Content-Range: 0-0/1"},
		{line: "GET /secrets?select=id&order=id", headers: "As: service_role", status: 200, answer: `[{"id":1},{"id":2}]`},
		{line: "PATCH /secrets?id=eq.1", headers: "As: bob\nPrefer: return=representation", body: `{"body":"x"}`, status: 200, answer: `[]`},
		{line: "DELETE /secrets?id=eq.1", headers: "As: bob\nPrefer: count=exact", status: 204, has: "Content-Range: */0"},
		{line: "POST /secrets", headers: "As: bob", body: `{"id":3,"owner":"00000000-0000-0000-0000-00000000000a"}`, status: 403,
			answer: `{"code":"42501","details":null,"hint":null,"message":"new row violates row-level security policy for table \"secrets\""}`},
	})
}

// TestPoliciesOfEmbeds checks that an embed shows, filters, orders and counts by what
// the caller may see alone.
func TestPoliciesOfEmbeds(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "GET /notes?select=id,secrets(body)&order=id", headers: "As: ann", status: 200,
			answer: `[{"id":1,"secrets":{"body":"of ann"}},{"id":2,"secrets":null},{"id":3,"secrets":null}]`},
		{line: "GET /notes?select=id,secrets!inner(body)", headers: "As: ann\nPrefer: count=exact", status: 200,
			answer: `[{"id":1,"secrets":{"body":"of ann"}}]`, has: "Content-Range: 0-0/1"},
		{line: "GET /notes?select=id,secrets!inner()&secrets.body=eq.of bob", headers: "As: ann", status: 200, answer: `[]`},
		{line: "GET /notes?select=id,secrets()&secrets=is.null&order=id", headers: "As: ann", status: 200, answer: `[{"id":2},{"id":3}]`},
		{line: "GET /notes?select=id,...secrets(body)&order=secrets(body).asc.nullslast,id", headers: "As: bob", status: 200,
			answer: `[{"id":2,"body":"of bob"},{"id":1,"body":null},{"id":3,"body":null}]`},
		{line: "GET /secrets?select=body,notes(id)", headers: "As: bob", status: 200, answer: `[{"body":"of bob","notes":[{"id":2}]}]`},
		{line: "PATCH /notes?id=eq.2&select=id,secrets(body)", headers: "As: ann\nPrefer: return=representation", body: `{"secret_id":1}`, status: 200,
			answer: `[{"id":2,"secrets":{"body":"of ann"}}]`},
		{line: "POST /notes?select=id,secrets(body)", headers: "As: ann\nPrefer: return=representation", body: `{"id":9,"secret_id":2}`, status: 201,
			answer: `[{"id":9,"secrets":null}]`},
	})
}

// OPTIONS names what a table, or a view, takes.
func TestOptions(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script(`create view open_todos as select id, title from todos where not done;
		create view totals as select list_id, count(*) as n from todos group by list_id;
		create view titles as select title from todos;
		create materialized view kept as select id from todos;
		create function take() returns trigger language plpgsql as $$ begin return new; end $$;
		create trigger take instead of insert on totals for each row execute function take()`)
	a.run([]step{
		{line: "OPTIONS /open_todos", status: 200, has: "Allow: OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"},
		{line: "OPTIONS /titles", status: 200, has: "Allow: OPTIONS,GET,HEAD,POST,PATCH,DELETE"},
		{line: "OPTIONS /totals", status: 200, has: "Allow: OPTIONS,GET,HEAD,POST"},
		{line: "OPTIONS /kept", status: 200, has: "Allow: OPTIONS,GET,HEAD"},
		{line: "OPTIONS /nothing", status: 404, answer: `…`},
	})
}
