package rest_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/wire"
)

// app is a room over a real database with the schema and rows of testdata.
type app struct {
	t       testing.TB
	handler http.Handler
	db      *db.DB
}

func open(t testing.TB, change func(*rest.Config)) *app {
	t.Helper()
	d, err := database(t)
	if err != nil {
		t.Fatal(err)
	}
	a := &app{t: t, db: d}
	t.Cleanup(func() { a.db.Close() })
	cfg := rest.Default()
	cfg.DB = a.db
	if change != nil {
		change(&cfg)
	}
	s, err := rest.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	a.handler = s.Handler()
	return a
}

const (
	ann = `{"role":"authenticated","sub":"00000000-0000-0000-0000-00000000000a"}`
	bob = `{"role":"authenticated","sub":"00000000-0000-0000-0000-00000000000b"}`
)

// script runs DDL.
func (a *app) script(sql string) {
	a.t.Helper()
	if _, err := a.db.Script(context.Background(), db.Script{File: "test", SQL: sql}); err != nil {
		a.t.Fatal(err)
	}
}

func mustJSON(v any) []byte {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return text
}

// call sends a request such as "GET /todos?id=eq.1"; headers are "Name: value" lines.
func (a *app) call(line, headers, body string) *httptest.ResponseRecorder {
	a.t.Helper()
	method, target, _ := strings.Cut(line, " ")
	path, query, _ := strings.Cut(target, "?")
	r := httptest.NewRequest(method, "http://x/", strings.NewReader(body))
	r.URL.Path, r.URL.RawQuery = path, strings.ReplaceAll(query, " ", "+")
	s := db.Session{Role: "anon"}
	for _, h := range strings.Split(headers, "\n") {
		name, value, _ := strings.Cut(strings.TrimSpace(h), ": ")
		switch {
		case name == "":
		case name == "As" && value == "ann":
			s = db.Session{Role: "authenticated", Claims: ann}
		case name == "As" && value == "bob":
			s = db.Session{Role: "authenticated", Claims: bob}
		case name == "As":
			s = db.Session{Role: value, Claims: fmt.Sprintf(`{"role":%q}`, value)}
		default:
			r.Header.Add(name, value)
		}
	}
	w := httptest.NewRecorder()
	a.handler.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{Session: s}))
	return w
}

// step is one exchange of a transcript.
type step struct {
	line, headers, body string
	status              int
	answer              string // JSON compares as values
	has                 string // "Name: value" lines that the answer's header must have
}

func (a *app) run(steps []step) {
	a.t.Helper()
	for _, s := range steps {
		w := a.call(s.line, s.headers, s.body)
		if w.Code != s.status {
			a.t.Errorf("%s %s: status %d, want %d: %s", s.line, s.body, w.Code, s.status, w.Body)
			continue
		}
		if got := w.Body.String(); !same(got, s.answer) {
			a.t.Errorf("%s %s:\n got %s\nwant %s", s.line, s.body, got, s.answer)
		}
		for _, h := range strings.Split(s.has, "\n") {
			name, value, _ := strings.Cut(strings.TrimSpace(h), ": ")
			if got := strings.Join(w.Header().Values(name), ", "); name != "" && got != value {
				a.t.Errorf("%s: header %s is %q, want %q", s.line, name, got, value)
			}
		}
	}
}

func same(got, want string) bool {
	if got == want || want == "…" {
		return true
	}
	var a, b any
	if json.Unmarshal([]byte(got), &a) != nil || json.Unmarshal([]byte(want), &b) != nil {
		return false
	}
	return reflect.DeepEqual(a, b)
}
