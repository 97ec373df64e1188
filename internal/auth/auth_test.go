package auth_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/auth/privacy"
	"github.com/plinth-dev/plinth/internal/auth/signing"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// house is the room on a real database, with a clock that tests move.
type house struct {
	t    testing.TB
	db   *db.DB
	ring *token.Keyring
	keys *signing.Keeper
	h    http.Handler
	room *auth.Service
	// remake makes the room anew, by the change of its configuration.
	remake func()
	now    time.Time
}

func open(t *testing.T, change func(*auth.Config)) *house {
	t.Helper()
	return openOn(t, driver, change)
}

// openFor is the room on SQLite, for a benchmark.
func openFor(b *testing.B) *house { b.Helper(); return openOn(b, sqliteDriver, nil) }

func openOn(t testing.TB, driver func(context.Context, testing.TB) (db.Driver, error), change func(*auth.Config)) *house {
	t.Helper()
	ctx := context.Background()
	drv, err := driver(ctx, t)
	if err != nil {
		t.Fatal(err)
	}
	s := &house{t: t, db: db.New(drv), now: time.Now()}
	t.Cleanup(func() { s.db.Close() })
	s.adopt("create schema if not exists plinth;" + job.Schema + mail.Schema + mail.Schema2 + auth.Schema + auth.Schema2 + auth.Schema3)
	s.ring = &token.Keyring{}
	s.keys = s.keeper(s.ring)
	cfg := auth.Default()
	cfg.Keys = s.keys
	cfg.DB, cfg.Ring, cfg.Anonymous, cfg.Hash = s.db, s.ring, true, password.New(password.Config{AtOnce: 2})
	cfg.Log = slog.New(slog.DiscardHandler)
	if cfg.Privacy, err = privacy.New(privacy.Config{DB: s.db, Log: cfg.Log, Now: func() time.Time { return s.now }}); err != nil {
		t.Fatal(err)
	}
	cfg.Now = func() time.Time { return s.now }
	s.remake = func() {
		if change != nil {
			change(&cfg)
		}
		svc, err := auth.New(cfg)
		if err != nil {
			t.Fatal(err)
		}
		s.room, s.h = svc, svc.Handler()
	}
	s.remake()
	return s
}

// keeper is what another node over the same database has.
func (s *house) keeper(ring *token.Keyring) *signing.Keeper {
	s.t.Helper()
	k, err := signing.Open(context.Background(), signing.Config{
		DB: s.db, Log: slog.New(slog.DiscardHandler),
		OnChange: func(current *token.Key, others []*token.Key) error { return ring.Replace(current, others...) },
	})
	if err != nil {
		s.t.Fatal(err)
	}
	ring.OnMissing(k.Missing)
	return k
}

func (s *house) script(sql string) {
	s.t.Helper()
	if _, err := s.db.Script(context.Background(), db.Script{File: "test.sql", SQL: sql}); err != nil {
		s.t.Fatal(err)
	}
}

// adopt runs a script of the rooms, which keeps what exists.
func (s *house) adopt(sql string) {
	s.t.Helper()
	if _, err := s.db.Script(context.Background(), db.Script{File: "house.sql", SQL: sql, Adopt: true}); err != nil {
		s.t.Fatal(err)
	}
}

type object = map[string]any

// call sends a request as tok ("" for nobody) and returns status and answer.
func (s *house) call(method, path, tok, body string) (int, object) {
	s.t.Helper()
	req := httptest.NewRequest(method, path, strings.NewReader(body))
	req.Header.Set("X-Supabase-Api-Version", "2024-01-01")
	id := &wire.Identity{Session: db.Session{Role: "anon"}}
	if tok != "" {
		claims, err := s.ring.Verify(tok, s.now)
		id = &wire.Identity{Token: tok, Claims: claims, Fault: err}
	}
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, wire.WithIdentity(req, id))
	var out object
	text, _ := io.ReadAll(w.Body)
	if len(bytes.TrimSpace(text)) > 0 {
		if err := json.Unmarshal(text, &out); err != nil {
			s.t.Fatalf("%s %s: %d %s", method, path, w.Code, text)
		}
	}
	return w.Code, out
}

// want calls and fails unless the status is as said.
func (s *house) want(status int, method, path, tok, body string) object {
	s.t.Helper()
	code, out := s.call(method, path, tok, body)
	if code != status {
		s.t.Fatalf("%s %s = %d %v, want %d", method, path, code, out, status)
	}
	return out
}

// refused calls and fails unless the answer has the code.
func (s *house) refused(code string, status int, method, path, tok, body string) object {
	s.t.Helper()
	out := s.want(status, method, path, tok, body)
	if out["code"] != code || out["message"] == "" {
		s.t.Errorf("%s %s = %v, want code %s", method, path, out, code)
	}
	return out
}

const ann = `{"email":"Ann@Example.com","password":"correct horse","data":{"name":"Ann","age":7}}`

func access(o object) string  { return o["access_token"].(string) }
func refresh(o object) string { return o["refresh_token"].(string) }

func TestSignUp(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	got := s.want(200, "POST", "/signup", "", ann)
	u := got["user"].(object)
	if u["email"] != "ann@example.com" || u["role"] != "authenticated" || u["user_metadata"].(object)["name"] != "Ann" ||
		u["app_metadata"].(object)["provider"] != "email" || len(u["identities"].([]any)) != 1 || u["email_confirmed_at"] == nil {
		t.Errorf("user = %v", u)
	}
	if got["token_type"] != "bearer" || got["expires_in"] != 3600.0 || got["expires_at"] == nil {
		t.Errorf("session = %v", got)
	}
	c, err := s.ring.Verify(access(got), s.now)
	if err != nil || c.Subject != u["id"] || c.Role != "authenticated" || !strings.Contains(c.JSON, `"aal":"aal1"`) || c.SessionID == "" {
		t.Errorf("claims = %+v, %v", c, err)
	}
	if me := s.want(200, "GET", "/user", access(got), ""); me["id"] != u["id"] {
		t.Errorf("user = %v", me)
	}
	s.refused("user_already_exists", 422, "POST", "/signup", "", ann)
	weak := s.refused("weak_password", 422, "POST", "/signup", "", `{"email":"b@example.com","password":"123"}`)
	if r := weak["weak_password"].(object)["reasons"].([]any); len(r) != 1 || r[0] != "length" {
		t.Errorf("reasons = %v", r)
	}
	s.refused("validation_failed", 400, "POST", "/signup", "", `{"email":"not an address","password":"correct horse"}`)
	s.refused("validation_failed", 400, "POST", "/signup", "", `{"email":"a@b.co","password":"correct horse","data":[1]}`)
	s.refused("bad_json", 400, "POST", "/signup", "", `{"email":`)
	s.refused("phone_provider_disabled", 400, "POST", "/signup", "", `{"phone":"123","password":"correct horse"}`)
}

func TestSignIn(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	s.want(200, "POST", "/signup", "", ann)
	in := func(body string) (int, object) { return s.call("POST", "/token?grant_type=password", "", body) }
	if code, got := in(`{"email":"ann@example.com","password":"correct horse"}`); code != 200 || access(got) == "" {
		t.Errorf("sign-in = %d %v", code, got)
	}
	for name, body := range map[string]string{
		"wrong password": `{"email":"ann@example.com","password":"wrong horse"}`,
		"unknown":        `{"email":"nobody@example.com","password":"correct horse"}`,
		"empty":          `{"email":"ann@example.com","password":""}`,
		"huge":           `{"email":"ann@example.com","password":"` + strings.Repeat("x", 10_000) + `"}`,
	} {
		if code, got := in(body); code != 400 || got["code"] != "invalid_credentials" {
			t.Errorf("%s: %d %v", name, code, got)
		}
	}
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=magic", "", `{}`)
	s.script(`update auth.users set banned_until = now() + interval '1 day'`)
	s.refused("user_banned", 400, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
}

func TestOldHashesSignIn(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	// bcrypt of "password123", as other servers stored it.
	s.script(`insert into auth.users (id, aud, role, email, encrypted_password, email_confirmed_at) values
 ('00000000-0000-4000-8000-000000000001', 'authenticated', 'authenticated', 'old@example.com', extensions.crypt('password123', extensions.gen_salt('bf', 4)), now())`)
	s.want(200, "POST", "/token?grant_type=password", "", `{"email":"old@example.com","password":"password123"}`)
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", `{"email":"old@example.com","password":"password124"}`)
	if n := s.count("select count(*) from auth.users where encrypted_password like '$argon2id$%'"); n != 1 {
		t.Error("the hash is not made anew")
	}
	s.want(200, "POST", "/token?grant_type=password", "", `{"email":"old@example.com","password":"password123"}`)
	// An administrator brings people with Firebase's hashes.
	const firebase = "$fbscrypt$v=1,n=14,r=8,p=1,ss=Bw==,sk=jxspr8Ki0RYycVU8zykbdLGjFQ3McFUH0uiiTvC8pVMXAn210wjLNmdZJzxUECKbm0QsEmYUSDzZvpjeJ9WmXA==$42xEC+ixf3L2lw==$lSrfV15cpx95/sZS2W9c9Kp6i/LVgQNDNC/qzrCnh1SAyZvqmZqAjTdn3aoItz+VHjoZilo78198JAdRuid5lQ=="
	s.want(200, "POST", "/admin/users", s.service(), `{"email":"fire@example.com","password_hash":"`+firebase+`","email_confirm":true}`)
	s.want(200, "POST", "/token?grant_type=password", "", `{"email":"fire@example.com","password":"user1password"}`)
	s.refused("validation_failed", 400, "POST", "/admin/users", s.service(), `{"email":"x@example.com","password_hash":"plain"}`)
}

func (s *house) renew(tok string) (int, object) {
	s.t.Helper()
	return s.call("POST", "/token?grant_type=refresh_token", "", `{"refresh_token":"`+tok+`"}`)
}

// The same token again is a retry; an older one, later, is theft.
func TestRefresh(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	first := refresh(s.want(200, "POST", "/signup", "", ann))
	code, got := s.renew(first)
	if code != 200 || refresh(got) == first {
		t.Fatalf("refresh = %d %v", code, got)
	}
	second := refresh(got)
	if code, got = s.renew(first); code != 200 || refresh(got) != second {
		t.Errorf("the same token again = %d, token changed: %v", code, refresh(got) != second)
	}
	s.now = s.now.Add(time.Hour) // the answer was lost for an hour
	if code, got = s.renew(first); code != 200 || refresh(got) != second {
		t.Errorf("a retry after a lost answer = %d %v", code, got)
	}
	_, got = s.renew(second)
	third := refresh(got)
	s.now = s.now.Add(5 * time.Second)
	if code, _ = s.renew(first); code != 200 {
		t.Errorf("an older token within the reuse interval = %d", code)
	}
	s.now = s.now.Add(time.Minute)
	if code, got = s.renew(first); code != 400 || got["code"] != "refresh_token_already_used" {
		t.Errorf("theft = %d %v", code, got)
	}
	if code, got = s.renew(third); code != 400 || got["code"] != "refresh_token_not_found" {
		t.Errorf("after theft the session lives on: %d %v", code, got)
	}
}

// Without rotation a used token is refused all the same, but its session lives on.
func TestWithoutRotation(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *auth.Config) { c.Rotation = false })
	first := refresh(s.want(200, "POST", "/signup", "", ann))
	last := first
	for range 2 {
		_, got := s.renew(last)
		last = refresh(got)
	}
	s.now = s.now.Add(time.Minute)
	if code, got := s.renew(first); code != 400 || got["code"] != "refresh_token_already_used" {
		t.Errorf("a used token = %d %v", code, got)
	}
	if code, got := s.renew(last); code != 200 {
		t.Errorf("its session has ended: %d %v", code, got)
	}
}

func TestRefreshTokensCannotBeMade(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	tok := refresh(s.want(200, "POST", "/signup", "", ann))
	for _, bad := range []string{"", "x", tok[:len(tok)-2] + "AA", "A" + tok[1:], tok + "A", strings.Repeat("A", len(tok))} {
		if bad == tok {
			continue
		}
		if code, got := s.renew(bad); code != 400 || got["code"] != "refresh_token_not_found" {
			t.Errorf("renew(%q) = %d %v", bad, code, got)
		}
	}
}

func TestUpdateUser(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	tok := access(s.want(200, "POST", "/signup", "", ann))
	got := s.want(200, "PUT", "/user", tok, `{"data":{"age":null,"city":"Oslo"}}`)
	if m := got["user_metadata"].(object); m["city"] != "Oslo" || m["name"] != "Ann" || m["age"] != nil {
		t.Errorf("metadata = %v", m)
	}
	s.refused("same_password", 422, "PUT", "/user", tok, `{"password":"correct horse"}`)
	s.refused("weak_password", 422, "PUT", "/user", tok, `{"password":"x"}`)
	s.want(200, "PUT", "/user", tok, `{"password":"another horse","email":"new@example.com"}`)
	s.want(200, "POST", "/token?grant_type=password", "", `{"email":"new@example.com","password":"another horse"}`)
	s.refused("no_authorization", 401, "PUT", "/user", "", `{}`)
}

func TestLogout(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	one := s.want(200, "POST", "/signup", "", ann)
	sign := func() object {
		return s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
	}
	two, three := sign(), sign()
	alive := func(o object) bool {
		code, _ := s.call("GET", "/user", access(o), "")
		return code == 200
	}
	s.want(204, "POST", "/logout?scope=local", access(two), "")
	if !alive(one) || alive(two) || !alive(three) {
		t.Errorf("after local: %v %v %v", alive(one), alive(two), alive(three))
	}
	s.refused("session_not_found", 403, "GET", "/user", access(two), "")
	s.want(204, "POST", "/logout?scope=others", access(three), "")
	if alive(one) || !alive(three) {
		t.Errorf("after others: %v %v", alive(one), alive(three))
	}
	s.want(204, "POST", "/logout", access(three), "")
	if code, _ := s.renew(refresh(three)); code != 400 || alive(three) {
		t.Errorf("after global the session lives on")
	}
	s.refused("validation_failed", 400, "POST", "/logout?scope=odd", access(three), "")
}

func TestAnonymous(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	got := s.want(200, "POST", "/signup", "", `{"data":{"name":"guest"}}`)
	u := got["user"].(object)
	if u["is_anonymous"] != true || u["email"] != "" {
		t.Errorf("user = %v", u)
	}
	up := s.want(200, "PUT", "/user", access(got), `{"email":"guest@example.com","password":"correct horse"}`)
	if up["is_anonymous"] != false || up["id"] != u["id"] || len(up["identities"].([]any)) != 1 {
		t.Errorf("upgraded = %v", up)
	}
	s.want(200, "POST", "/token?grant_type=password", "", `{"email":"guest@example.com","password":"correct horse"}`)
	off := open(t, func(c *auth.Config) { c.Anonymous = false; c.Passwords.Needs = "letters_digits" })
	off.refused("anonymous_provider_disabled", 422, "POST", "/signup", "", `{}`)
	off.refused("weak_password", 422, "POST", "/signup", "", `{"email":"a@b.co","password":"onlyletters"}`)
}

func TestTriggersOnUsers(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	s.script(`
create table public.profiles (id uuid primary key references auth.users on delete cascade, name text not null);
alter table public.profiles enable row level security;
create function public.handle_new_user() returns trigger language plpgsql security definer set search_path = '' as $$
begin
  insert into public.profiles (id, name) values (new.id, new.raw_user_meta_data ->> 'name');
  return new;
end; $$;
create trigger on_auth_user_created after insert on auth.users for each row execute procedure public.handle_new_user();`)
	s.want(200, "POST", "/signup", "", ann)
	rows, err := s.db.Query(context.Background(), db.Owner, "select name from public.profiles")
	if err != nil {
		t.Fatal(err)
	}
	if !rows.Next() || rows.Value(0).S != "Ann" {
		t.Error("the trigger made no profile")
	}
	rows.Close()
	got := s.refused("unexpected_failure", 500, "POST", "/signup", "", `{"email":"b@example.com","password":"correct horse"}`)
	if !strings.Contains(got["message"].(string), "Database error saving new user") {
		t.Errorf("message = %v", got["message"])
	}
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", `{"email":"b@example.com","password":"correct horse"}`)
}

func TestAbout(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	if got := s.want(200, "GET", "/settings", "", ""); got["external"].(object)["email"] != true || got["disable_signup"] != false {
		t.Errorf("settings = %v", got)
	}
	s.want(200, "GET", "/health", "", "")
	keys := s.want(200, "GET", "/.well-known/jwks.json", "", "")["keys"].([]any)
	if len(keys) != 2 || keys[0].(object)["alg"] != "ES256" || keys[0].(object)["d"] != nil {
		t.Errorf("jwks = %v", keys)
	}
	s.refused("not_found", 404, "GET", "/nothing", "", "")
}

func TestOlderClientsGetTheOlderErrors(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	req := httptest.NewRequest("POST", "/token?grant_type=password", strings.NewReader(`{"email":"a@b.co","password":"x"}`))
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, req)
	want := `{"code":400,"error_code":"invalid_credentials","msg":"Invalid login credentials"}`
	if w.Body.String() != want || w.Header().Get("X-Sb-Error-Code") != "invalid_credentials" {
		t.Errorf("answer = %s, want %s", w.Body, want)
	}
}

// service is the token of a project's own servers.
func (s *house) service() string {
	s.t.Helper()
	tok, err := s.ring.Sign(object{"role": "service_role"})
	if err != nil {
		s.t.Fatal(err)
	}
	return tok
}

// parseToken returns a token's payload without a look at its signature.
func parseToken(tok string) (string, error) {
	parts := strings.Split(tok, ".")
	if len(parts) != 3 {
		return "", errors.New("no token")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	return string(text), err
}
