package rest_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

const (
	newList = `{"id":"list","method":"POST","path":"/lists?select=id,name","headers":{"Prefer":"return=representation"},"body":{"name":"new, \"list\""}}`
	newTodo = `{"id":"todo","method":"POST","path":"/rest/v1/todos?select=id,list_id,title","headers":{"Prefer":"return=representation"},"body":[{"list_id":{"$ref":"list#/0/id"},"title":{"$ref":"0#/0/name"}},{"list_id":null,"title":"plain"}]}`
)

func TestBatch(t *testing.T) {
	t.Parallel()
	const empty = `"headers":{"content-range":"*/*"},"body":null`
	open(t, func(c *rest.Config) { c.TxEnd = "commit-allow-override" }).run([]step{
		{line: "POST /batch", body: `[` + newList + `,` + newTodo + `,
			{"method":"GET","path":"/todos?select=title","query":{"list_id":{"eq":{"$ref":"list#/0/id"}},"order":"id"}},
			{"method":"GET","path":"/todos?select=id","query":{"title":{"in":[{"$ref":"list#/0/name"},"a,b"]}}},
			{"method":"PATCH","path":"/todos","query":{"id":{"eq":{"$ref":"todo#/1/id"}}},"body":{"done":true}},
			{"method":"GET","path":"/todos?select=id,done&id=gte.100&order=id","headers":{"Accept":"text/csv"}},
			{"method":"POST","path":"/rpc/add","body":{"a":{"$ref":"todo#/0/id"},"b":1}},
			{"method":"GET","path":"/rpc/add","query":{"a":{"$ref":"todo#/0/id"},"b":2}},
			{"method":"HEAD","path":"/todos?id=eq.1","headers":{"Prefer":"count=exact"}},
			{"method":"DELETE","path":"/todos?id=gte.100"}]`, status: 200, has: "Content-Type: application/json; charset=utf-8",
			answer: `[{"id":"list","status":201,"headers":{"content-range":"*/*","content-type":"application/json; charset=utf-8","preference-applied":"return=representation"},"body":[{"id":100,"name":"new, \"list\""}]},
			{"id":"todo","status":201,"headers":{"content-range":"*/*","content-type":"application/json; charset=utf-8","preference-applied":"return=representation"},"body":[{"id":100,"list_id":100,"title":"new, \"list\""},{"id":101,"list_id":null,"title":"plain"}]},
			{"status":200,"headers":{"content-location":"/todos?order=id&select=title","content-range":"0-0/*","content-type":"application/json; charset=utf-8"},"body":[{"title":"new, \"list\""}]},
			{"status":200,"headers":{"content-location":"/todos?select=id","content-range":"0-0/*","content-type":"application/json; charset=utf-8"},"body":[{"id":100}]},
			{"status":204,"headers":{"content-range":"0-0/*"},"body":null},
			{"status":200,"headers":{"content-location":"/todos?id=gte.100&order=id&select=id%2Cdone","content-range":"0-1/*","content-type":"text/csv; charset=utf-8"},"body":"id,done\n100,f\n101,t"},
			{"status":200,"headers":{"content-range":"0-0/*","content-type":"application/json; charset=utf-8"},"body":101},
			{"status":200,"headers":{"content-location":"/rpc/add?b=2","content-range":"0-0/*","content-type":"application/json; charset=utf-8"},"body":102},
			{"status":200,"headers":{"content-location":"/todos?id=eq.1","content-range":"0-0/1","content-type":"application/json; charset=utf-8","preference-applied":"count=exact"},"body":null},
			{"status":204,` + empty + `}]`},
		{line: "GET /lists?select=name&id=eq.100", status: 200, answer: `[{"name":"new, \"list\""}]`},
		{line: "POST /batch", headers: "Prefer: tx=rollback", body: `[{"method":"DELETE","path":"/lists?id=eq.100"}]`, status: 200, answer: `[{"status":204,` + empty + `}]`},
		{line: "GET /lists?select=id&id=eq.100", status: 200, answer: `[{"id":100}]`},
		{line: "POST /batch?select=*", body: `{"transaction":"all","requests":[{"method":"GET","path":"/lists?select=id&id=eq.100"}]}`, status: 200, answer: `…`},
	})
}

// TestBatchIsAllOrNothing: the failing item is named, and nothing of the batch stays.
func TestBatchIsAllOrNothing(t *testing.T) {
	t.Parallel()
	list150 := strings.Replace(newList, `{"name"`, `{"id":150,"name"`, 1)
	const dup = `{"id":"dup","method":"POST","path":"/todos","body":{"id":1,"title":"x"}}`
	open(t, nil).run([]step{
		{line: "POST /batch", body: `[` + list150 + `,` + dup + `]`, status: 409, has: "Batch-Failed-Item: 1\nProxy-Status: PostgREST; error=23505",
			answer: `{"code":"23505","details":"Item 1 (dup) of the batch failed. Key (id)=(1) already exists.","hint":null,"message":"duplicate key value violates unique constraint \"todos_pkey\""}`},
		{line: "GET /lists?select=id&id=gte.100", status: 200, answer: `[]`},
		{line: "POST /batch", body: `{"transaction":"each","requests":[` + list150 + `,` + dup + `,
			{"method":"GET","path":"/todos","query":{"id":{"eq":{"$ref":"dup#/0/id"}}}},
			{"method":"GET","path":"/lists?select=name","query":{"id":{"eq":{"$ref":"list#/0/id"}}}}]}`, status: 200,
			answer: `[{"id":"list","status":201,"headers":{"content-range":"*/*","content-type":"application/json; charset=utf-8","preference-applied":"return=representation"},"body":[{"id":150,"name":"new, \"list\""}]},
			{"id":"dup","status":409,"headers":{},"body":{"code":"23505","details":"Key (id)=(1) already exists.","hint":null,"message":"duplicate key value violates unique constraint \"todos_pkey\""}},
			{"status":424,"headers":{},"body":{"code":"PLR034","details":"The item that dup#/0/id refers to failed.","hint":null,"message":"An earlier item failed"}},
			{"status":200,"headers":{"content-location":"/lists?select=name","content-range":"0-0/*","content-type":"application/json; charset=utf-8"},"body":[{"name":"new, \"list\""}]}]`},
	})
}

// TestBatchUnderPolicies: an item may do what its caller may do.
func TestBatchUnderPolicies(t *testing.T) {
	t.Parallel()
	open(t, nil).run([]step{
		{line: "POST /batch", headers: "As: ann", status: 403, answer: `…`, has: "Batch-Failed-Item: 1",
			body: `[{"method":"POST","path":"/lists","body":{"name":"x"}},{"method":"POST","path":"/secrets","body":{"id":9,"owner":"00000000-0000-0000-0000-00000000000b","body":"for bob"}}]`},
		{line: "GET /lists?select=id&name=eq.x", status: 200, answer: `[]`},
		{line: "POST /batch", headers: "As: bob", status: 200, answer: `[{"status":200,"headers":{"content-location":"/secrets?select=body","content-range":"0-0/*","content-type":"application/json; charset=utf-8"},"body":[{"body":"of bob"}]}]`,
			body: `[{"method":"GET","path":"/secrets?select=body"}]`},
		{line: "POST /batch", status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR030",
			body: `[{"method":"GET","path":"/secrets","headers":{"Authorization":"Bearer x"}}]`},
	})
}

// TestBatchIsOnce: a batch with an Idempotency-Key happens once.
func TestBatchIsOnce(t *testing.T) {
	t.Parallel()
	const key, replayed = "As: ann\nIdempotency-Key: k\n", "Idempotency-Replayed: true"
	const each = `{"transaction":"each","requests":[{"method":"POST","path":"/lists?select=name","headers":{"Prefer":"return=representation"},"body":{"name":"e"}},{"method":"POST","path":"/todos","body":{"id":50,"title":"e","list_id":77}}]}`
	a := open(t, nil)
	a.run([]step{
		{line: "POST /batch", headers: key, body: `[` + newList + `,` + newTodo + `]`, status: 200, answer: `…`, has: "Idempotency-Replayed: "},
		{line: "POST /batch", headers: key, body: `[` + newList + `,` + newTodo + `]`, status: 200, answer: `…`, has: replayed},
		{line: "POST /batch", headers: key, body: `[` + newTodo + `]`, status: 400, answer: `…`},
		{line: "POST /batch", headers: key, body: `[` + newList + `]`, status: 422, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR022\nBatch-Failed-Item: "},
		{line: "GET /lists?select=id&id=gte.100", status: 200, answer: `[{"id":100}]`},
	})
	for range 2 {
		w := a.call("POST /batch", key, each)
		if got := w.Body.String(); w.Code != 200 || !strings.Contains(got, `"status":201`) || !strings.Contains(got, `"status":409`) {
			t.Errorf("%d %s", w.Code, got)
		}
	}
	a.exec(`insert into lists (id, name) values (77, 'parent')`)
	if w := a.call("POST /batch", key, each); !strings.Contains(w.Body.String(), `"idempotency-replayed":"true"`) || strings.Contains(w.Body.String(), `"status":409`) {
		t.Errorf("the repeat did not go on where the first one ended: %s", w.Body)
	}
	a.run([]step{{line: "GET /lists?select=name&name=eq.e", status: 200, answer: `[{"name":"e"}]`}})
}

// TestBatchBindsValues: what a reference holds is a value, whatever it looks like.
func TestBatchBindsValues(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	for i, evil := range []string{`neq.0`, `x","y`, `(1,2)`, `*`, `1&select=*`, `a' or '1'='1`, `{a,b}`, `\"`, `%25`, `null`} {
		id := 200 + i
		body := fmt.Sprintf(`[{"id":"a","method":"POST","path":"/lists?select=id,name","headers":{"Prefer":"return=representation"},"body":{"id":%d,"name":%s}},
			{"method":"GET","path":"/lists?select=id","query":{"name":{"eq":{"$ref":"a#/0/name"}}}},
			{"method":"GET","path":"/lists?select=id","query":{"name":{"in":[{"$ref":"a#/0/name"}]}}},
			{"method":"GET","path":"/rpc/find?select=id","query":{"word":{"$ref":"a#/0/name"}}}]`, id, mustJSON(evil))
		w := a.call("POST /batch", "", body)
		if n := strings.Count(w.Body.String(), fmt.Sprintf(`"body":[{"id":%d}]`, id)); w.Code != 200 || n != 2 {
			t.Errorf("%q: %d, found by %d of 2 filters: %s", evil, w.Code, n, w.Body)
		}
	}
}

func TestBatchErrors(t *testing.T) {
	t.Parallel()
	refuse := func(body, code string) step {
		return step{line: "POST /batch", body: body, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=" + code}
	}
	one := func(item string) string { return `[` + newList + `,` + item + `]` }
	many := `[` + strings.Repeat(`{"method":"GET","path":"/lists"},`, 100) + `{"method":"GET","path":"/lists"}]`
	open(t, nil).run([]step{
		refuse(`[]`, "PLR030"),
		refuse(`{"requests":[],"x":1}`, "PLR030"),
		refuse(`5`, "PLR030"),
		refuse(`[{"method":"GET","path":"/lists","nope":1}]`, "PLR030"),
		refuse(`[{"method":"TRACE","path":"/lists"}]`, "PLR030"),
		refuse(`[{"method":"GET","path":"lists"}]`, "PLR030"),
		refuse(`[{"id":"a","method":"GET","path":"/lists"},{"id":"a","method":"GET","path":"/lists"}]`, "PLR030"),
		refuse(`[{"id":"1","method":"GET","path":"/lists"}]`, "PLR030"),
		refuse(one(`{"method":"POST","path":"/todos","body":{"$ref":"todo#"}}`), "PLR032"),
		refuse(one(`{"method":"POST","path":"/todos","body":{"$ref":"1#/0"}}`), "PLR032"),
		refuse(one(`{"method":"POST","path":"/todos","body":{"$ref":"list"}}`), "PLR032"),
		refuse(one(`{"method":"POST","path":"/todos","body":{"title":{"$ref":"list#/0/nope"}}}`), "PLR033"),
		refuse(one(`{"method":"POST","path":"/todos","body":{"title":{"$ref":"list#/1/name"}}}`), "PLR033"),
		refuse(one(`{"method":"GET","path":"/lists","query":{"select":{"$ref":"list#/0/name"}}}`), "PLR032"),
		refuse(one(`{"method":"GET","path":"/lists","query":{"order":{"eq":{"$ref":"list#/0/name"}}}}`), "PLR032"),
		refuse(one(`{"method":"GET","path":"/lists","query":{"id":{"$ref":"list#/0/name"}}}`), "PLR032"),
		refuse(one(`{"method":"GET","path":"/lists","query":{"id":{"eq.1&x":{"$ref":"list#/0/name"}}}}`), "PLR032"),
		refuse(`[{"method":"GET","path":"/lists","headers":{"Idempotency-Key":"x"}}]`, "PLR030"),
		{line: "POST /batch", body: many, status: 413, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR031"},
		{line: "POST /batch", body: `[{"method":"GET","path":"/batch"}]`, status: 404, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST205"},
		{line: "POST /batch", body: `[{"method":"GET","path":"/a/b"}]`, status: 404, answer: `…`, has: "Proxy-Status: PostgREST; error=PGRST125"},
		{line: "POST /batch", body: `[` + newList + `,{"method":"GET","path":"/rpc/finish?todo=1"}]`, status: 405, answer: `…`, has: "Proxy-Status: PostgREST; error=25006\nBatch-Failed-Item: 1"},
		{line: "GET /lists?id=gte.100", status: 200, answer: `[]`},
		{line: "POST /batch", body: `[{"method":"POST","path":"/lists?select=meta","headers":{"Prefer":"return=representation"},"body":{"name":"v","meta":{"$value":{"$ref":"x"}}}}]`, status: 200,
			answer: `[{"status":201,"headers":{"content-range":"*/*","content-type":"application/json; charset=utf-8","preference-applied":"return=representation"},"body":[{"meta":{"$ref":"x"}}]}]`},
	})
}

// TestATableMayBeCalledBatch: the table wins, but for the batch's own media type.
func TestATableMayBeCalledBatch(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script("create table batch (id int primary key);")
	a.run([]step{
		{line: "POST /batch", body: `{"id":1}`, status: 201},
		{line: "POST /batch", headers: "Content-Type: application/vnd.plinth.batch+json", body: `[{"method":"GET","path":"/batch"}]`, status: 200,
			answer: `[{"status":200,"headers":{"content-location":"/batch","content-range":"0-0/*","content-type":"application/json; charset=utf-8"},"body":[{"id":1}]}]`},
	})
}
