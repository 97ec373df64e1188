package differential_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/tests/differential/cases"
)

// TestRequests sends random requests to the data API over both engines.
func TestRequests(t *testing.T) {
	n := number(t, "PLINTH_PROOF_REQUESTS", 100)
	random(t, n, newWebBench, cases.GenerateRequests)
}

// live is the other side of requests: the engine over Postgres, whose cases are
// committed, and swept away before the next.
type live struct {
	*lite
	stale bool // what the last case has made is still there
}

func newWebBench(t *testing.T) *bench {
	ctx := context.Background()
	name := fmt.Sprintf("web_%s_%d", strings.ToLower(strings.Map(letters, t.Name())), benches.Add(1))
	url := os.Getenv("PLINTH_TEST_POSTGRES")
	p, err := connect(ctx, url)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(p.exec("create database "+name), p.close()); err != nil {
		t.Fatal(err)
	}
	drv, err := postgres.Open(ctx, postgres.Config{URL: url + " dbname=" + name, Conns: 2})
	if err != nil {
		t.Fatal(err)
	}
	l := &live{lite: newLite(db.New(drv))}
	t.Cleanup(func() { l.close() })
	return &bench{pg: l, dir: scratch(t)}
}

// sweep drops what a case has made.
const sweep = `do $$ declare r record; begin
  for r in select format('drop %s if exists public.%I cascade', case relkind when 'v' then 'view' else 'table' end, relname) as sql
    from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'v') order by relkind desc loop execute r.sql; end loop;
  for r in select 'drop routine ' || oid::regprocedure || ' cascade' as sql from pg_proc where pronamespace = 'public'::regnamespace loop execute r.sql; end loop;
  for r in select 'drop type public.' || quote_ident(typname) as sql from pg_type where typnamespace = 'public'::regnamespace and typtype = 'e' loop execute r.sql; end loop;
end $$`

func (l *live) begin(context.Context) error {
	l.stale = true
	return nil
}

// script sweeps in the same transaction, so that the schema is read once.
func (l *live) script(ctx context.Context, sql string) outcome {
	if l.stale {
		sql = sweep + ";\n" + sql
	}
	o := l.lite.script(ctx, sql)
	l.stale = l.stale && o.code != ""
	return o
}

func (l *live) play(ctx context.Context, acts []act, tell func([]outcome)) {
	for _, a := range acts {
		tell(l.do(ctx, a))
	}
}

// handler is the data API over one database.
func (l *lite) handler() (http.Handler, error) {
	cfg := rest.Default()
	cfg.DB, cfg.Aggregates = l.d, true
	s, err := rest.New(cfg)
	if err != nil {
		return nil, err
	}
	return s.Handler(), nil
}

// send makes a request as an actor.
func (l *lite) send(a actor, req cases.Request) outcome {
	if l.web == nil {
		h, err := l.handler()
		if err != nil {
			return outcome{code: "lost", message: err.Error()}
		}
		l.web = h
	}
	r := httptest.NewRequest(req.Method, req.Target, strings.NewReader(req.Body))
	r.Header.Set("Content-Type", "application/json")
	if req.Prefer != "" {
		r.Header.Set("Prefer", req.Prefer)
	}
	r = wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: a.role, Claims: a.claims}})
	w := httptest.NewRecorder()
	l.web.ServeHTTP(w, r)
	return answer(w)
}

// answer is what a client sees of an answer.
func answer(w *httptest.ResponseRecorder) outcome {
	body := w.Body.Bytes()
	o := outcome{affected: int64(w.Code)}
	for _, h := range []string{"Content-Type", "Content-Range", "Location", "Preference-Applied"} {
		if v := w.Header().Get(h); v != "" {
			o.columns = append(o.columns, h+": "+v)
		}
	}
	if w.Code >= 400 {
		var f struct{ Code, Message, Details, Hint string }
		_ = json.Unmarshal(body, &f) // what is no JSON has no code
		if len(body) == 0 {          // to HEAD only the status tells
			f.Code = strconv.Itoa(w.Code)
		}
		return outcome{code: f.Code, message: f.Message, detail: f.Details, constraint: f.Hint, affected: o.affected, columns: o.columns}
	}
	var list []json.RawMessage
	if bytes.HasPrefix(body, []byte("[")) && json.Unmarshal(body, &list) == nil {
		for _, row := range list {
			o.rows = append(o.rows, string(row))
		}
	} else {
		o.rows = append(o.rows, string(body))
	}
	return o
}

func letters(r rune) rune {
	if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
		return r
	}
	return -1
}
