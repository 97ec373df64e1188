package auth_test

import (
	"context"
	"errors"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgconn"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/db/postgres"
	"github.com/plinth-dev/plinth/internal/wire"
)

// supabases opens a database of Postgres in which Supabase's tables of sign-in are already.
func supabases(ctx context.Context, _ testing.TB) (db.Driver, error) {
	text, err := os.ReadFile("testdata/supabase.sql")
	if err != nil {
		return nil, err
	}
	url, err := newDatabase(ctx)
	if err != nil {
		return nil, err
	}
	conn, err := pgconn.Connect(ctx, url)
	if err != nil {
		return nil, err
	}
	_, err = conn.Exec(ctx, string(text)).ReadAll()
	if err := errors.Join(err, conn.Close(ctx)); err != nil {
		return nil, err
	}
	return postgres.Open(ctx, postgres.Config{URL: url, Conns: 6})
}

// adopted is the room over such a database.
func adopted(t *testing.T) *house {
	t.Helper()
	iss := newIssuer(t)
	s := openOn(t, supabases, func(c *auth.Config) {
		letters(t, c)
		phones(t, c, func(c *auth.Config, _ *sms.Config) {
			c.MFA.PhoneEnroll, c.MFA.PhoneVerify, c.MFA.PhoneFrequency = true, true, 0
		})
		c.Providers = []oauth.Client{{Name: "anybody", URL: iss.url, IDs: []string{"com.example.app"}}}
	})
	// Nothing of what was there was made anew.
	if n := s.count(`select count(*) from pg_type t join pg_namespace n on n.oid = t.typnamespace join pg_attribute a on a.atttypid = t.oid
 join pg_class c on c.oid = a.attrelid and c.relkind = 'r' where n.nspname = 'auth' and t.typname in ('aal_level', 'factor_type', 'factor_status', 'code_challenge_method', 'one_time_token_type') and a.attnum > 0`); n != 5 {
		t.Fatalf("%d columns of Supabase's enums, want 5", n)
	}
	return s
}

// TestSupabasesTables: over the tables that Supabase made, with its enums, people sign up
// and in, by all ways, with second factors.
func TestSupabasesTables(t *testing.T) {
	t.Parallel()
	s := adopted(t)
	tok := access(s.confirmed("ann@example.com"))
	s.want(200, "PUT", "/user", tok, `{"data":{"colour":"red"},"password":"correct horse"}`)
	app, secret, second := s.enrolled(tok, "app")
	if aal, methods := s.level(second); aal != "aal2" || strings.Join(methods, " ") != "totp otp" {
		t.Errorf("token = %s %v", aal, methods)
	}
	in := s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
	_, in = s.renew(refresh(in))
	s.now = s.now.Add(30 * time.Second)
	got := s.show(access(in), app, s.app(secret))
	_, got = s.renew(refresh(got))
	if aal, _ := s.level(access(got)); aal != "aal2" {
		t.Error("a refresh forgets the second factor")
	}
	s.now = s.now.Add(30 * time.Second)
	s.show(access(got), app, s.app(secret)) // again in one session
	codes := s.want(200, "POST", "/factors/recovery-codes", access(got), "")["codes"].([]any)
	s.show(access(got), app, codes[0].(string))
	// A phone, begun twice.
	id := ""
	for range 2 {
		f := s.want(200, "POST", "/factors", access(got), `{"factor_type":"phone","phone":"+491701234567"}`)
		if f["phone"] != "491701234567" {
			t.Errorf("factor = %v", f)
		}
		id = f["id"].(string)
	}
	ch := s.challenged(access(got), id)
	s.want(200, "POST", "/factors/"+id+"/verify", access(got), `{"challenge_id":"`+ch+`","code":"`+s.message("491701234567")+`"}`)
	s.want(200, "DELETE", "/factors/"+id, access(got), "")
	s.now = s.now.Add(30 * time.Second)
	got = s.show(access(got), app, s.app(secret)) // what the phone had shown has ended with it
	s.want(200, "GET", "/user/sessions", access(got), "")
	s.want(204, "POST", "/logout?scope=others", access(got), "")
	// Other ways in.
	guest := s.want(200, "POST", "/signup", "", `{}`)
	s.want(200, "PUT", "/user", access(guest), `{"email":"guest@example.com"}`)
	s.want(200, "POST", "/otp", "", `{"phone":"+491701234999"}`)
	s.want(200, "POST", "/verify", "", `{"type":"sms","phone":"+491701234999","token":"`+s.message("491701234999")+`"}`)
	s.want(200, "POST", "/recover", "", `{"email":"nobody@example.com"}`)
	s.want(200, "GET", "/admin/users", s.service(), "")
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, wire.WithIdentity(httptest.NewRequest("GET", "/admin/audit?query=action:login", nil), &wire.Identity{Session: db.Session{Role: "service_role"}}))
	if w.Code != 200 || !strings.Contains(w.Body.String(), "ann@example.com") {
		t.Errorf("audit = %d %s", w.Code, w.Body)
	}
	s.want(200, "DELETE", "/user", access(got), `{}`)
	if err := s.room.Sweep(t.Context()); err != nil {
		t.Error(err)
	}
}

// TestSupabasesPKCE is the flow of codes over those tables.
func TestSupabasesPKCE(t *testing.T) {
	t.Parallel()
	s := adopted(t)
	verifier := strings.Repeat("verifier", 7)
	s.want(200, "POST", "/otp?redirect_to=myapp://callback", "", `{"email":"ann@example.com","code_challenge":"`+oauth.Challenge(verifier)+`","code_challenge_method":"s256"}`)
	_, link := s.letter("ann@example.com")
	body := `{"auth_code":"` + s.follow(link).Query().Get("code") + `","code_verifier":"` + verifier + `"}`
	got := s.want(200, "POST", "/token?grant_type=pkce", "", body)
	if again := s.want(200, "POST", "/token?grant_type=pkce", "", body); refresh(again) != refresh(got) {
		t.Error("a retry has another session")
	}
	s.want(200, "GET", "/authorize?skip_http_redirect=true&provider=anybody&code_challenge="+oauth.Challenge(verifier)+"&code_challenge_method=s256", "", "")
}

// TestSupabasesPeople: who was there before signs in with the old password and the old
// app, and a phone that is signed in stays so, though its token is a row of the old
// server's, and its first answer is lost.
func TestSupabasesPeople(t *testing.T) {
	t.Parallel()
	s := adopted(t)
	const session = "33333333-3333-4333-8333-333333333333"
	_, one := s.renew("abcdefghijkl")
	_, two := s.renew("abcdefghijkl") // the answer was lost
	if refresh(one) != refresh(two) || one["user"].(object)["user_metadata"].(object)["name"] != "Old" {
		t.Fatalf("%v and %v", one, two)
	}
	s.now = s.now.Add(time.Hour)
	code, three := s.renew(refresh(two))
	if code != 200 || refresh(three) == refresh(two) {
		t.Fatalf("%d %v", code, three)
	}
	s.now = s.now.Add(time.Minute)
	if code, got := s.renew("abcdefghijkl"); code != 400 || got["code"] != "refresh_token_already_used" {
		t.Errorf("a stolen old token: %d %v", code, got)
	}
	if n := s.count(`select count(*) from auth.sessions where id = '` + session + `'`); n != 0 {
		t.Error("the session of a stolen token lives on")
	}
	got := s.want(200, "POST", "/token?grant_type=password", "", `{"email":"old@example.com","password":"password123"}`)
	second := s.show(access(got), "22222222-2222-4222-8222-222222222222", s.app("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"))
	if aal, _ := s.level(access(second)); aal != "aal2" {
		t.Errorf("level = %s", aal)
	}
}

// TestOldTokensAreBound: of a database that others made, a used token and one of a session
// without a key open nothing.
func TestOldTokensAreBound(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	up := s.want(200, "POST", "/signup", "", ann)
	s.script(`insert into auth.refresh_tokens (token, revoked, session_id) select v.t, v.r, s.id from auth.sessions s, (values ('revokedtoken', true), ('livingtoken1', false)) v (t, r)`)
	for _, bad := range []string{"revokedtoken", "unknowntoken", strings.Repeat("x", 300)} {
		if code, got := s.renew(bad); code != 400 || got["code"] != "refresh_token_not_found" {
			t.Errorf("%s: %d %v", bad, code, got)
		}
	}
	if code, _ := s.renew("livingtoken1"); code != 200 {
		t.Errorf("a living token: %d", code)
	}
	s.script(`update auth.sessions set refresh_token_hmac_key = null`)
	if code, got := s.renew(refresh(up)); code != 400 {
		t.Errorf("a token without a key: %d %v", code, got)
	}
}
