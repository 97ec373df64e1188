package rest_test

import (
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

func TestInsert(t *testing.T) {
	t.Parallel()
	const back = "Prefer: return=representation"
	open(t, nil).run([]step{
		{line: "POST /lists", body: `{"id":10,"name":"new"}`, status: 201, has: "Content-Length: 0\nContent-Range: */*"},
		{line: "POST /lists?select=id,name", headers: back, body: `{"name":"auto"}`, status: 201, answer: `…`},
		{line: "POST /todos?select=id,title,done,tags,cost,lists(name)", headers: back, status: 201,
			body:   `{"id":20,"title":"x","tags":["a","b \"q\""],"cost":3.456,"list_id":1}`,
			answer: `[{"id":20,"title":"x","done":false,"tags":["a","b \"q\""],"cost":3.46,"lists":{"name":"home"}}]`},
		{line: "POST /todos?select=id,title&columns=\"id\",\"title\"", headers: back + "\nPrefer: count=exact", status: 201, body: `[{"id":21,"title":"a"},{"id":22,"title":"b","nope":1}]`,
			answer: `[{"id":21,"title":"a"},{"id":22,"title":"b"}]`, has: "Content-Range: */2\nPreference-Applied: return=representation, count=exact"},
		{line: "POST /lists?select=meta", headers: back, body: `{"name":"j","meta":{"b":1,"aa":[true,null]}}`, status: 201, answer: `[{"meta":{"b":1,"aa":[true,null]}}]`},
		{line: "POST /todos", headers: "Prefer: return=headers-only", body: `{"id":30,"title":"y"}`, status: 201, has: "Location: /todos?id=eq.30"},
		{line: "POST /todos?select=title,priority&columns=title,priority", headers: back + "\nPrefer: missing=default", body: `[{"title":"p","priority":"high"},{"title":"q"}]`, status: 201,
			answer: `[{"title":"p","priority":"high"},{"title":"q","priority":"low"}]`},
		{line: "POST /people?select=name", headers: back + "\nContent-Type: text/csv", body: "id,name\n00000000-0000-0000-0000-0000000000c1,Cay\n00000000-0000-0000-0000-0000000000c2,\"D, E\"\n", status: 201,
			answer: `[{"name":"Cay"},{"name":"D, E"}]`},
		{line: "POST /todos", headers: back, body: `[]`, status: 201, answer: `[]`},
		{line: "POST /todos", body: `{"title":`, status: 400, answer: `{"code":"PGRST102","details":null,"hint":null,"message":"Empty or invalid json"}`},
		{line: "POST /todos", body: `[{"title":"a"},{"id":1}]`, status: 400, answer: `{"code":"PGRST102","details":null,"hint":null,"message":"All object keys must match"}`},
		{line: "POST /todos", body: `{"nope":1}`, status: 400, answer: `{"code":"PGRST204","details":null,"hint":null,"message":"Could not find the 'nope' column of 'todos' in the schema cache"}`},
		{line: "POST /todos", body: `{"id":1,"title":"dup"}`, status: 409, answer: `{"code":"23505","details":"Key (id)=(1) already exists.","hint":null,"message":"duplicate key value violates unique constraint \"todos_pkey\""}`},
		{line: "POST /todos", body: `{"title":null}`, status: 400, answer: `…`},
		{line: "POST /todos", body: `{"title":""}`, status: 400, answer: `…`},
		{line: "POST /todos", body: `{"title":"fk","list_id":99}`, status: 409, answer: `…`},
		{line: "POST /todos", body: `{"id":"zz","title":"t"}`, status: 400, answer: `{"code":"22P02","details":null,"hint":null,"message":"invalid input syntax for type bigint: \"zz\""}`},
		{line: "GET /todos?select=id&title=in.(dup,fk,t)", status: 200, answer: `[]`},
	})
}

func TestUpsert(t *testing.T) {
	t.Parallel()
	const back = "Prefer: return=representation\n"
	open(t, nil).run([]step{
		{line: "POST /lists?select=id,name", headers: back + "Prefer: resolution=merge-duplicates", body: `[{"id":1,"name":"HOME"},{"id":50,"name":"n"}]`, status: 201,
			answer: `[{"id":1,"name":"HOME"},{"id":50,"name":"n"}]`, has: "Preference-Applied: resolution=merge-duplicates, return=representation"},
		{line: "POST /lists?select=id", headers: back + "Prefer: resolution=ignore-duplicates", body: `[{"id":1,"name":"no"},{"id":51,"name":"n"}]`, status: 201, answer: `[{"id":51}]`},
		{line: "POST /people?on_conflict=email&select=name", headers: back + "Prefer: resolution=merge-duplicates", status: 200,
			body: `{"id":"00000000-0000-0000-0000-00000000000a","email":"ann@example.com","name":"Anne"}`, answer: `[{"name":"Anne"}]`},
		{line: "PUT /lists?id=eq.2&select=name", headers: back, body: `{"id":2,"name":"put"}`, status: 200, answer: `[{"name":"put"}]`},
		{line: "PUT /lists?id=eq.77&select=name", headers: back, body: `{"id":77,"name":"put"}`, status: 201, answer: `[{"name":"put"}]`},
		{line: "PUT /lists?id=eq.78", body: `{"id":79,"name":"put"}`, status: 400, answer: `…`},
		{line: "PUT /lists?name=eq.x", body: `{"id":79,"name":"put"}`, status: 405, answer: `…`},
		{line: "GET /lists?select=name&id=in.(1,2,79)&order=id", status: 200, answer: `[{"name":"HOME"},{"name":"put"}]`},
	})
}

func TestUpdateDelete(t *testing.T) {
	t.Parallel()
	const back = "Prefer: return=representation\n"
	open(t, nil).run([]step{
		{line: "PATCH /todos?id=eq.1", body: `{"done":true}`, status: 204, has: "Content-Range: 0-0/*"},
		{line: "PATCH /todos?id=in.(1,2)&select=id,done,lists(name)&order=id", headers: back, body: `{"done":false,"tags":null}`, status: 200,
			answer: `[{"id":1,"done":false,"lists":{"name":"home"}},{"id":2,"done":false,"lists":{"name":"home"}}]`},
		{line: "PATCH /todos?id=eq.99", body: `{"done":true}`, status: 204, has: "Content-Range: */*"},
		{line: "PATCH /todos?id=eq.1", body: `{}`, status: 204},
		{line: "PATCH /lists?id=eq.1&select=meta", headers: back, body: `{"meta":{"k":"it's"}}`, status: 200, answer: `[{"meta":{"k":"it's"}}]`},
		{line: "PATCH /todos", headers: "Prefer: handling=strict, max-affected=1", body: `{"done":true}`, status: 400, answer: `…`},
		{line: "PATCH /todos", headers: back + "Accept: application/vnd.pgrst.object+json", body: `{"done":true}`, status: 406, answer: `…`},
		{line: "GET /todos?select=id&done=is.true", status: 200, answer: `[]`},
		{line: "DELETE /todos?id=eq.4&select=id,title", headers: back, status: 200, answer: `[{"id":4,"title":"orphan"}]`},
		{line: "DELETE /lists?id=eq.2&select=name,todos(title)", headers: back, status: 409, answer: `…`},
		{line: "DELETE /todos?id=gt.0", headers: "Prefer: count=exact", status: 204, has: "Content-Range: */3"},
	})
}

func TestRollback(t *testing.T) {
	t.Parallel()
	open(t, func(c *rest.Config) { c.TxEnd = "commit-allow-override" }).run([]step{
		{line: "POST /lists?select=name", headers: "Prefer: tx=rollback, return=representation", body: `{"id":90,"name":"gone"}`, status: 201, answer: `[{"name":"gone"}]`,
			has: "Preference-Applied: return=representation, tx=rollback"},
		{line: "GET /lists?id=eq.90", status: 200, answer: `[]`},
	})
}

// TestTxEnd: the database may let requests say how they end.
func TestTxEnd(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	try := step{line: "POST /lists?select=name", headers: "Prefer: tx=rollback, return=representation", body: `{"id":91,"name":"tried"}`, status: 201, answer: `[{"name":"tried"}]`}
	try.has = "Preference-Applied: return=representation"
	a.run([]step{try, {line: "DELETE /lists?id=eq.91", status: 204}})
	a.script("alter role authenticator set pgrst.db_tx_end = 'commit-allow-override'")
	try.has += ", tx=rollback"
	a.run([]step{try, {line: "GET /lists?id=eq.91", status: 200, answer: `[]`},
		{line: "POST /batch", headers: "Prefer: tx=rollback", body: `[{"method":"POST","path":"/lists","body":{"id":91,"name":"tried"}}]`, status: 200, answer: "…"},
		{line: "GET /lists?id=eq.91", status: 200, answer: `[]`}})
	a.script("alter role authenticator set pgrst.db_tx_end = 'rollback'")
	try.headers, try.has = "Prefer: tx=commit, return=representation", "Preference-Applied: return=representation"
	a.run([]step{try, {line: "GET /lists?id=eq.91", status: 200, answer: `[]`}})
}

func TestCall(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "POST /rpc/add", body: `{"a":1,"b":2}`, status: 200, answer: `3`},
		{line: "POST /rpc/add", body: `{"a":1}`, status: 200, answer: `11`},
		{line: "GET /rpc/add?a=5", status: 200, answer: `15`},
		{line: "HEAD /rpc/add?a=5", status: 200},
		{line: "POST /rpc/find?select=id,lists(name)&order=id", body: `{"word":"r"}`, status: 200,
			answer: `[{"id":2,"lists":{"name":"home"}},{"id":3,"lists":{"name":"work"}},{"id":4,"lists":null}]`},
		{line: "GET /rpc/find?word=r&id=gt.2&select=id&order=id&limit=1", headers: "Prefer: count=exact", status: 206, answer: `[{"id":3}]`, has: "Content-Range: 0-0/2"},
		{line: "GET /rpc/tally", status: 200, answer: `[{"list":"empty","n":0},{"list":"home","n":2},{"list":"work","n":1}]`},
		{line: "GET /rpc/names", status: 200, answer: `["Ann","Bob"]`},
		{line: "GET /rpc/first_list?select=name", status: 200, answer: `{"name":"home"}`},
		{line: "POST /rpc/finish", body: `{"todo":1}`, status: 204},
		{line: "GET /todos?select=done&id=eq.1", status: 200, answer: `[{"done":true}]`},
		{line: "GET /rpc/finish?todo=1", status: 405, answer: `…`},
		{line: "POST /rpc/ad", body: `{}`, status: 404, answer: `…`},
		{line: "DELETE /rpc/add", status: 405, answer: `{"code":"PGRST101","details":null,"hint":null,"message":"Cannot use the DELETE method on RPC"}`},
	})
}
