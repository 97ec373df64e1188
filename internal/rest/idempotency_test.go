package rest_test

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/rest/idempotency"
)

const (
	back = "Prefer: return=representation\n"
	uuid = "8f14e45f-ceea-467f-a0e6-2a1f0f9b8a11"
)

// exec runs a statement as the owner.
func (a *app) exec(sql string) {
	a.t.Helper()
	_, err := a.db.Write(context.Background(), db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(context.Background(), sql)
		return err
	})
	if err != nil {
		a.t.Fatal(err)
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	const ann, replayed = "As: ann\nIdempotency-Key: k1\n", "Idempotency-Replayed: true"
	a := open(t, func(c *rest.Config) { c.TxEnd = "commit-allow-override" })
	a.run([]step{
		{line: "POST /lists?select=id,name", headers: ann + back, body: `{"name":"once"}`, status: 201, answer: `[{"id":100,"name":"once"}]`, has: "Idempotency-Replayed: "},
		{line: "POST /lists?select=id,name", headers: ann + back, body: `{"name":"once"}`, status: 201, answer: `[{"id":100,"name":"once"}]`,
			has: replayed + "\nContent-Range: */*\nContent-Type: application/json; charset=utf-8\nPreference-Applied: return=representation"},
		{line: "POST /lists?select=id,name", headers: "As: ann\nIdempotency-Key: \"k1\"\n" + back, body: `{"name":"once"}`, status: 201, answer: `…`, has: replayed},
		{line: "POST /lists?select=id,name", headers: ann + back, body: `{"name":"twice"}`, status: 422, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR022"},
		{line: "POST /lists?select=id,name", headers: ann, body: `{"name":"once"}`, status: 422, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR022"},
		{line: "POST /lists?select=id,name", headers: "As: bob\nIdempotency-Key: k1\n" + back, body: `{"name":"once"}`, status: 201, answer: `[{"id":101,"name":"once"}]`},
		{line: "POST /lists?select=name", headers: ann + back, body: `{"name":"other query"}`, status: 201, answer: `[{"name":"other query"}]`},
		{line: "PATCH /lists?id=eq.100", headers: ann, body: `{"name":"patched"}`, status: 204},
		{line: "PATCH /lists?id=eq.100", headers: "As: ann", body: `{"name":"again"}`, status: 204},
		{line: "PATCH /lists?id=eq.100", headers: ann, body: `{"name":"patched"}`, status: 204, has: replayed},
		{line: "GET /lists?select=name&id=eq.100", headers: ann, status: 200, answer: `[{"name":"again"}]`, has: "Idempotency-Replayed: "},
		{line: "PUT /lists?id=eq.100", headers: ann, body: `{"id":100,"name":"put"}`, status: 204},
		{line: "PUT /lists?id=eq.100", headers: ann, body: `{"id":100,"name":"put"}`, status: 204, has: replayed},
		{line: "POST /rpc/finish", headers: ann, body: `{"todo":1}`, status: 204},
		{line: "POST /rpc/finish", headers: ann, body: `{"todo":1}`, status: 204, has: replayed},
		{line: "DELETE /lists?id=eq.100&select=id", headers: ann + back, status: 200, answer: `[{"id":100}]`},
		{line: "DELETE /lists?id=eq.100&select=id", headers: ann + back, status: 200, answer: `[{"id":100}]`, has: replayed},
		{line: "POST /todos", headers: ann, body: `{"title":""}`, status: 400, answer: `…`},
		{line: "POST /todos", headers: ann + "Prefer: tx=rollback", body: `{"title":"x"}`, status: 201},
		{line: "POST /todos", headers: ann, body: `{"title":"after the failures"}`, status: 201},
		{line: "POST /todos", headers: ann, body: `{"title":"after the failures"}`, status: 201, has: replayed},
		{line: "GET /todos?select=title&id=gte.100", status: 200, answer: `[{"title":"after the failures"}]`},
		{line: "POST /lists", headers: "Idempotency-Key: short", body: `{"name":"x"}`, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR021"},
		{line: "POST /lists", headers: "As: service_role\nIdempotency-Key: short", body: `{"name":"x"}`, status: 201},
		{line: "POST /lists", headers: "Idempotency-Key: a b", body: `{"name":"x"}`, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR020"},
		{line: "POST /lists", headers: "As: ann\nIdempotency-Key: " + strings.Repeat("k", 256), body: `{"name":"x"}`, status: 400, answer: `…`},
		{line: "POST /lists?select=name", headers: back + "Idempotency-Key: " + uuid, body: `{"name":"anon"}`, status: 201, answer: `[{"name":"anon"}]`},
		{line: "POST /lists?select=name", headers: back + "Idempotency-Key: " + uuid, body: `{"name":"anon"}`, status: 201, answer: `[{"name":"anon"}]`, has: replayed},
		{line: "POST /lists?select=name", headers: "As: ann\nIdempotency-Key: big\n" + back, body: `{"name":"` + strings.Repeat("x", idempotency.MaxAnswer) + `"}`, status: 413, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR023"},
		{line: "GET /lists?select=name&name=like.xx*", status: 200, answer: `[]`},
	})
}

// TestIdempotencyOfManyAtOnce: of requests with one key at the same time one writes,
// and the others wait for its answer.
func TestIdempotencyOfManyAtOnce(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	const n = 8
	var answers [n]string
	var wg sync.WaitGroup
	for i := range n {
		wg.Go(func() {
			w := a.call("POST /lists?select=id", "As: ann\nIdempotency-Key: k\n"+back, `{"name":"one"}`)
			answers[i] = fmt.Sprint(w.Code, w.Body)
		})
	}
	wg.Wait()
	for _, got := range answers {
		if got != "201"+" "+`[{"id":100}]` {
			t.Errorf("answer %s, want the first's", got)
		}
	}
	a.run([]step{{line: "GET /lists?select=id&name=eq.one", status: 200, answer: `[{"id":100}]`}})
}

func TestIdempotencyEnds(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	cfg := rest.Default()
	cfg.DB = a.db
	room, err := rest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	post := step{line: "POST /lists?select=name", headers: "As: ann\nIdempotency-Key: k\n" + back, body: `{"name":"x"}`, status: 201, answer: `…`, has: "Idempotency-Replayed: "}
	a.run([]step{post})
	a.exec(`update plinth.idempotency set created_at = now() - interval '25 hours'`)
	a.run([]step{post, {line: "GET /lists?select=name&name=eq.x", status: 200, answer: `[{"name":"x"},{"name":"x"}]`}})
	sweep := func(want int64) {
		t.Helper()
		if err := room.Sweep().Handle(context.Background(), &job.Run{}); err != nil {
			t.Fatal(err)
		}
		rows, err := a.db.Query(context.Background(), db.Owner, `select count(*) from plinth.idempotency`)
		if err != nil {
			t.Fatal(err)
		}
		defer rows.Close()
		if rows.Next(); rows.Value(0).I != want {
			t.Errorf("%d keys are kept, want %d", rows.Value(0).I, want)
		}
	}
	sweep(1)
	a.exec(`update plinth.idempotency set created_at = now() - interval '25 hours'`)
	sweep(0)
}

func TestIdempotencyIsOffWithoutItsTable(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	a.script("drop table plinth.idempotency;")
	a.run([]step{{line: "POST /lists", headers: "As: ann\nIdempotency-Key: k", body: `{"name":"x"}`, status: 400, answer: `…`, has: "Proxy-Status: PostgREST; error=PLR024"}})
}
