package rest_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/rest"
)

const eventsSQL = `
create table events (
  id bigint primary key,
  kind text,
  at timestamptz,
  score double precision,
  pri priority not null default 'low',
  list_id bigint references lists (id)
);
create table marks (a text, b int, n int not null, primary key (a, b));
create view event_view with (security_invoker = true) as select id, kind from events;
create view event_kinds as select kind, count(*) as n from events group by kind;
grant all on events, marks, event_view, event_kinds to anon, authenticated;
`

// insertEvents adds n rows with many equal and missing values.
func (a *app) insertEvents(rnd *rand.Rand, from, n int) {
	a.t.Helper()
	pick := func(vals ...string) string { return vals[rnd.IntN(len(vals))] }
	var rows []string
	for i := range n {
		rows = append(rows, fmt.Sprintf(`{"id":%d,"kind":%s,"at":%s,"score":%s,"pri":%s,"list_id":%s}`, from+i,
			pick("null", `"a"`, `"B"`, `"é"`, `"a,b"`), pick("null", `"2026-01-02T03:04:05.123456Z"`, `"2026-01-02T03:04:05.123457Z"`),
			pick("null", "0.1", "-3", "1e300"), pick(`"low"`, `"high"`), pick("null", "1", "2", "3")))
	}
	if w := a.call("POST /events", "", "["+strings.Join(rows, ",")+"]"); w.Code != 201 {
		a.t.Fatal(w.Body)
	}
}

// event is a row with its cursor.
type event struct {
	ID     int
	Cursor string
}

// page reads rows and the link of a relation, "" where there is none.
func (a *app) page(query, rel string) ([]event, string) {
	a.t.Helper()
	w := a.call("GET /events?"+query, "", "")
	var rows []event
	if err := json.Unmarshal(w.Body.Bytes(), &rows); err != nil || w.Code != 200 {
		a.t.Fatalf("%s: %d %s", query, w.Code, w.Body)
	}
	for link := range strings.SplitSeq(w.Header().Get("Link"), ", ") {
		target, name, _ := strings.Cut(link, ">; rel=")
		if name == `"`+rel+`"` {
			return rows, strings.TrimPrefix(target, "<?")
		}
	}
	return rows, ""
}

func ids(rows []event) []int {
	out := []int{}
	for _, r := range rows {
		out = append(out, r.ID)
	}
	return out
}

// TestCursors walks through every kind of order by the links, forwards and backwards,
// and compares with the whole.
func TestCursors(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script(eventsSQL)
	a.insertEvents(rand.New(rand.NewPCG(1, 2)), 1, 40)
	for _, order := range []string{
		"", "id.desc", "kind", "kind.desc", "kind.asc.nullsfirst,score.desc", "kind.desc.nullslast,at.asc.nullsfirst,id.desc",
		"score.desc.nullslast", "at,score", "pri.desc,kind", "lists(name).desc", "lists(meta->>color),kind.desc", "list_id.nullsfirst,pri",
	} {
		base := "select=id,lists(name)&order=" + order
		whole, _ := a.page(base+"&order=id", "") // the key makes the order total
		want := ids(whole)
		var got []int
		next, pages := base+"&limit=7&cursor=first", 0
		last := ""
		for next != "" && pages < 20 {
			var rows []event
			last = next
			rows, next = a.page(next, "next")
			got, pages = append(got, ids(rows)...), pages+1
		}
		if !slices.Equal(got, want) || pages != 6 {
			t.Errorf("order %q in %d pages:\n got %v\nwant %v", order, pages, got, want)
			continue
		}
		rows, prev := a.page(last, "prev")
		got = ids(rows)
		for prev != "" && pages < 40 {
			rows, prev = a.page(prev, "prev")
			got, pages = append(ids(rows), got...), pages+1
		}
		if !slices.Equal(got, want) {
			t.Errorf("order %q backwards:\n got %v\nwant %v", order, got, want)
		}
	}
}

// TestCursorsWhileRowsArrive: a row that was there all the time is met once, however
// many arrive and go meanwhile.
func TestCursorsWhileRowsArrive(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script(eventsSQL)
	rnd := rand.New(rand.NewPCG(3, 4))
	a.insertEvents(rnd, 1000, 30)
	var got []int
	for at, i := "cursor=first", 0; at != "" && i < 50; i++ {
		rows, _ := a.page("select=id,cursor()&order=kind.desc,at&limit=4&"+at, "")
		got = append(got, ids(rows)...)
		if at = ""; len(rows) == 4 {
			at = "cursor=after." + rows[3].Cursor
		}
		a.insertEvents(rnd, 1+10*i, 3)
		if w := a.call(fmt.Sprintf("DELETE /events?id=eq.%d", 1+10*i), "", ""); w.Code != 204 {
			t.Fatal(w.Body)
		}
	}
	seen := map[int]int{}
	for _, id := range got {
		seen[id]++
	}
	for id := 1000; id < 1030; id++ {
		if seen[id] != 1 {
			t.Errorf("row %d was met %d times", id, seen[id])
		}
	}
}

func TestCursorAnswers(t *testing.T) {
	t.Parallel()
	a := open(t, func(c *rest.Config) { c.Aggregates = true })
	a.script(eventsSQL)
	a.insertEvents(rand.New(rand.NewPCG(5, 6)), 1, 5)
	rows, _ := a.page("select=id,cursor()&limit=2", "")
	token := rows[1].Cursor
	refuse := func(line, code string) step {
		return step{line: line, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=" + code}
	}
	a.run([]step{
		{line: "GET /events?select=id&limit=2&cursor=after." + token, headers: "Prefer: count=exact", status: 206, answer: `[{"id":3},{"id":4}]`, has: "Content-Range: */5"},
		{line: "GET /events?select=id&limit=2&cursor=before." + token, status: 200, answer: `[{"id":1}]`, has: "Content-Range: */*"},
		{line: "GET /events?select=id&cursor=before." + token, headers: "Accept: text/csv", status: 200, answer: "id\n1"},
		{line: "GET /events?select=id&cursor=after." + token + "&limit=2", headers: "Accept: text/csv", status: 200, answer: "id\n3\n4"},
		{line: "GET /events?select=id,at:cursor()&limit=1&id=eq.2", status: 200, answer: `[{"id":2,"at":"` + token + `"}]`},
		{line: "GET /events?select=id&cursor=after." + token + "&limit=1", headers: "Accept: application/vnd.pgrst.object+json", status: 200, answer: `{"id":3}`},
		{line: "GET /event_view?select=id&limit=1&cursor=first.", status: 200, answer: `[{"id":1}]`},
		{line: "HEAD /events?limit=2&cursor=first", headers: "Prefer: count=exact", status: 206},
		{line: "GET /events?select=id&limit=0&cursor=first", status: 200, answer: `[]`, has: "Link: "},
		refuse("GET /events?order=kind&cursor=after."+token, "PLR042"),
		refuse("GET /event_view?cursor=after."+token, "PLR042"),
		refuse("GET /events?order=kind,at&cursor=after."+token, "PLR042"),
		refuse("GET /events?cursor=after."+token[:10], "PLR041"),
		refuse("GET /events?cursor=after.!!", "PLR041"),
		refuse("GET /events?cursor=before", "PLR041"),
		refuse("GET /events?offset=1&cursor=first", "PLR041"),
		refuse("DELETE /events?cursor=after."+token, "PLR041"),
		refuse("POST /rpc/finish?cursor=first", "PLR041"),
		refuse("GET /event_kinds?cursor=first", "PLR040"),
		refuse("GET /events?select=kind,id.count()&cursor=first", "PLR040"),
		refuse("GET /lists?select=id,events(id,cursor())", "PLR043"),
		refuse("GET /rpc/find?word=x&select=cursor()", "PLR043"),
		refuse("GET /events?cursor=eq.1", "42703"),
		{line: "POST /lists?select=cursor()", headers: back, body: `{"name":"x"}`, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR043"},
		{line: "POST /marks", body: `[{"a":"x","b":1,"n":1},{"a":"x","b":2,"n":2},{"a":"y","b":1,"n":3}]`, status: 201},
		{line: "GET /marks?select=n&limit=2&cursor=first&order=b", status: 200, answer: `[{"n":1},{"n":3}]`},
		{line: "POST /events", body: `{"id":77,"kind":"` + strings.Repeat("k", 5000) + `"}`, status: 201},
		{line: "GET /events?order=kind&id=eq.77&cursor=first", status: 413, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR044"},
	})
}
