package rest_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

const planOf = "Accept: application/vnd.pgrst.plan"

// TestPlan: how a request is executed, where that may be asked; either engine tells its
// own plan.
func TestPlan(t *testing.T) {
	t.Parallel()
	a := open(t, func(c *rest.Config) { c.Plans = true })
	a.run([]step{
		{line: "GET /todos?id=eq.1", headers: planOf, status: 200, answer: "…", has: `Content-Type: application/vnd.pgrst.plan+text; for="application/json"; charset=utf-8`},
		{line: "GET /todos?id=eq.1", headers: planOf + `+json; for="text/csv"`, status: 200, answer: "…", has: `Content-Type: application/vnd.pgrst.plan+json; for="text/csv"; charset=utf-8`},
		{line: "GET /todos?id=eq.1", headers: planOf + `+json; for="image/png"`, status: 406, answer: "…"},
		{line: "GET /todos?id=eq.1", headers: planOf + "+xml", status: 406, answer: "…"},
		{line: "GET /todos?id=eq.x", headers: planOf, status: 400, answer: "…"},
		{line: "GET /hidden", headers: planOf, status: 401, answer: "…"},
		{line: "POST /todos", headers: planOf, body: `[]`, status: 400, answer: "…", has: "Proxy-Status: PostgREST; error=PGRST127"},
	})
	var items []struct{ Body string }
	w := a.call("POST /batch", "", `[{"method":"GET","path":"/todos","headers":{"Accept":"application/vnd.pgrst.plan"}}]`)
	if json.Unmarshal(w.Body.Bytes(), &items) != nil || len(items) != 1 || items[0].Body == "" {
		t.Errorf("in a batch: %s", w.Body)
	}
	for _, line := range []string{"GET /todos?id=eq.1&select=id,lists(name)", "GET /rpc/find?word=r", "GET /secrets"} {
		text := a.call(line, "As: ann\n"+planOf+"+text", "").Body.String()
		if !strings.Contains(strings.ToLower(text), "scan") && !strings.Contains(text, "SEARCH") {
			t.Errorf("%s: %s", line, text)
		}
		var list []map[string]any
		if w := a.call(line, "As: ann\n"+planOf+"+json", ""); json.Unmarshal(w.Body.Bytes(), &list) != nil || len(list) == 0 {
			t.Errorf("%s: %s", line, w.Body)
		}
	}
	open(t, nil).run([]step{
		{line: "GET /todos", headers: planOf + "+json", status: 406,
			answer: `{"code":"PGRST107","details":null,"hint":null,"message":"None of these media types are available: application/vnd.pgrst.plan+json"}`},
	})
}

// planOfPostgres: options, and writes, which are not done unless they are analyzed.
func planOfPostgres(t *testing.T) {
	a := open(t, func(c *rest.Config) { c.Plans, c.TxEnd = true, "commit-allow-override" })
	const analyze = planOf + `+text; for="application/json"; options=verbose|analyze|nonsense;`
	for _, c := range []struct{ line, headers, body, want string }{
		{"GET /todos?id=eq.1", analyze, "", "actual time"},
		{"GET /todos?id=eq.1", planOf + "+text; options=verbose", "", "Output:"},
		{"POST /todos", planOf, `{"title":"planned"}`, "Insert on"},
		{"PATCH /todos?id=eq.1", planOf, `{"title":"planned"}`, "Update on"},
		{"DELETE /todos?id=eq.1", analyze + "\nPrefer: tx=rollback", "", "Delete on"},
		{"POST /rpc/add", planOf, `{"a":1}`, "Result"},
	} {
		if w := a.call(c.line, c.headers, c.body); w.Code != 200 || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%s: %d %s, want %s", c.line, w.Code, w.Body, c.want)
		}
	}
	a.run([]step{
		{line: "GET /todos?select=id,title&or=(id.eq.1,title.eq.planned)", status: 200, answer: `[{"id":1,"title":"milk"}]`},
		{line: "GET /todos", headers: analyze, status: 200, answer: "…", has: `Content-Type: application/vnd.pgrst.plan+text; for="application/json"; options=analyze|verbose; charset=utf-8`},
	})
}

// TestPlanOfSQLite: its plan has no options, and that of a write is how its rows are found.
func TestPlanOfSQLite(t *testing.T) {
	t.Parallel()
	open(t, func(c *rest.Config) { c.Plans = true }).run([]step{
		{line: "GET /lists?id=eq.1&select=id", headers: planOf, status: 200, answer: "SEARCH t0 USING INTEGER PRIMARY KEY (rowid=?)"},
		{line: "GET /lists", headers: planOf + "; options=analyze", status: 400, answer: `{"code":"0A000","details":null,"hint":"Ask without options, or use Postgres.","message":"SQLite's plan has no option \"analyze\""}`},
		{line: "DELETE /lists?id=eq.3", headers: planOf, status: 200, answer: "SEARCH t0 USING INTEGER PRIMARY KEY (rowid=?)"},
		{line: "GET /lists?id=eq.3&select=id", status: 200, answer: `[{"id":3}]`},
	})
	a := open(t, nil)
	a.script("alter role authenticator set pgrst.db_plan_enabled to true")
	a.run([]step{{line: "GET /lists?select=id", headers: planOf, status: 200, answer: "SCAN t0"}})
}
