package storage_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/storage"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// house is the room on a real database and a real disk, behind a real socket.
type house struct {
	t     testing.TB
	dir   string
	db    *db.DB
	blobs blob.Store
	ring  *token.Keyring
	svc   *storage.Service
	srv   *httptest.Server
	url   string
	now   time.Time
}

const policies = `
create policy own_all on storage.objects for all to authenticated
  using (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text)
  with check (bucket_id = 'private' and (storage.foldername(name))[1] = auth.uid()::text);
create policy drop_in on storage.objects for insert to anon with check (bucket_id = 'drop');
insert into storage.buckets (id, name, public) values ('private', 'private', false), ('pub', 'pub', true), ('drop', 'drop', false);
insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values ('small', 'small', true, 10, '{image/*,text/plain}');
`

func open(t testing.TB, change func(*storage.Config)) *house {
	t.Helper()
	return openIn(t, t.TempDir(), change)
}

func localRing(t testing.TB) *token.Keyring {
	t.Helper()
	ring, err := token.NewKeyring(token.NewHS256(token.LocalSecret))
	if err != nil {
		t.Fatal(err)
	}
	return ring
}

// openIn opens the house in dir, where it may have been before.
func openIn(t testing.TB, dir string, change func(*storage.Config)) *house {
	t.Helper()
	h := &house{t: t, dir: filepath.Join(dir, "files"), now: time.Now(), ring: localRing(t)}
	drv, err := driver(t, filepath.Join(dir, "db"))
	if err != nil {
		t.Fatal(err)
	}
	h.db = db.New(drv)
	t.Cleanup(func() { h.db.Close() })
	if sch := h.db.Catalog().Schemas["storage"]; sch == nil || sch.Tables["objects"] == nil {
		h.script("create schema if not exists storage;" + storage.Schema + policies)
	}
	h.blobs = blobs(t, h.dir)
	cfg := storage.Default()
	cfg.DB, cfg.Blobs, cfg.Ring, cfg.Prefix = h.db, h.blobs, h.ring, "/storage/v1"
	cfg.Log = slog.New(slog.DiscardHandler)
	cfg.Now = func() time.Time { return h.now }
	if change != nil {
		change(&cfg)
	}
	if h.svc, err = storage.New(cfg); err != nil {
		t.Fatal(err)
	}
	h.srv = httptest.NewServer(http.StripPrefix("/storage/v1", h.identify(h.svc.Handler())))
	t.Cleanup(h.srv.Close)
	h.url = h.srv.URL + "/storage/v1"
	return h
}

func (h *house) script(sql string) {
	h.t.Helper()
	if _, err := h.db.Script(context.Background(), db.Script{File: "test.sql", SQL: sql}); err != nil {
		h.t.Fatal(err)
	}
}

// identify is the front door: a bearer token, or anon.
func (h *house) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id := &wire.Identity{Session: db.Session{Role: "anon"}}
		if tok := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer "); tok != "" {
			claims, err := h.ring.Verify(tok, h.now)
			id = &wire.Identity{Claims: claims, Fault: err}
			if err == nil {
				id.Session = db.Session{Role: claims.Role, Claims: claims.JSON}
			}
		}
		next.ServeHTTP(w, wire.WithIdentity(r, id))
	})
}

func uid(n int) string { return fmt.Sprintf("00000000-0000-4000-8000-%012d", n) }

// bearer returns the token of "service", "ann", "bob" or "" (anon).
func (h *house) bearer(name string) string {
	claims := map[string]any{"role": "authenticated", "exp": h.now.Unix() + 3600}
	switch name {
	case "", "anon":
		return ""
	case "service":
		claims["role"] = "service_role"
	case "ann":
		claims["sub"] = uid(1)
	case "bob":
		claims["sub"] = uid(2)
	case "expired":
		claims["exp"] = h.now.Unix() - 3600
	default:
		h.t.Fatalf("nobody is %q", name)
	}
	tok, err := h.ring.Sign(claims)
	if err != nil {
		h.t.Fatal(err)
	}
	return tok
}

type answer struct {
	code   int
	header http.Header
	body   string
}

// call sends a request as somebody; header has lines "Name: value".
func (h *house) call(as, method, path, body string, header ...string) answer {
	h.t.Helper()
	req, err := http.NewRequest(method, h.url+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if tok := h.bearer(as); tok != "" {
		req.Header.Set("Authorization", "Bearer "+tok)
	}
	for _, line := range header {
		name, value, _ := strings.Cut(line, ": ")
		req.Header.Set(name, value)
	}
	return h.do(req)
}

func (h *house) do(req *http.Request) answer {
	h.t.Helper()
	client := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	res, err := client.Do(req)
	if err != nil {
		h.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		h.t.Fatalf("%s %s: %v", req.Method, req.URL, err)
	}
	return answer{res.StatusCode, res.Header, string(text)}
}

// want calls and fails unless the HTTP status is as said.
func (h *house) want(code int, as, method, path, body string, header ...string) answer {
	h.t.Helper()
	a := h.call(as, method, path, body, header...)
	if a.code != code {
		h.t.Fatalf("%s %s = %d %s, want %d", method, path, a.code, a.body, code)
	}
	return a
}

// blobCount returns how many blobs lie on the disk.
func (h *house) blobCount() int {
	h.t.Helper()
	n := 0
	for _, err := range h.blobs.List(context.Background(), "") {
		if err != nil {
			h.t.Fatal(err)
		}
		n++
	}
	return n
}

// agree fails unless rows and blobs agree, n of each.
func (h *house) agree(n int) {
	h.t.Helper()
	rep, err := storage.Check(context.Background(), storage.CheckConfig{DB: h.db, Blobs: h.blobs, Now: func() time.Time { return h.now.Add(time.Hour) }})
	if err != nil {
		h.t.Fatal(err)
	}
	if rep.Objects != n || rep.Blobs != n || !rep.Agree() {
		h.t.Errorf("rows and blobs = %+v, want %d of each", rep, n)
	}
}

// tempFiles returns how many puts are under way on the disk, or were left behind.
func (h *house) tempFiles() int {
	h.t.Helper()
	list, err := filepath.Glob(filepath.Join(h.dir, "data", "*", ".*"))
	if err != nil {
		h.t.Fatal(err)
	}
	return len(list) // none on S3, whose spool has no names
}
