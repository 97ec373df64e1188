package hostile

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/tests/pgserver"
)

// risk is one request that OWASP's list of API risks (2023) warns of, with the answer
// that it must get. as is who sends it: anon, alice or bob; {alice} and {bob} in it
// are their ids, {stale} is a refresh token of carol's that was used and {kept} her newest.
type risk struct {
	api     int
	as      string
	request request
}

func as(api int, who string, r request) risk { return risk{api, who, r} }

func other(name, method, path, body string, status int, holds string) request {
	return request{name: name, method: method, path: path, body: body, status: status, holds: holds}
}

// risks are sent in this order to one server.
func risks() []risk {
	const accounts = "/rest/v1/accounts"
	return []risk{
		as(1, "bob", get("another's row by its id", accounts+"?select=id,name&id=eq.{alice}", 200, "[]")),
		as(1, "bob", other("a change of another's row", "PATCH", accounts+"?id=eq.{alice}", `{"name":"x"}`, 204, "")),
		as(1, "bob", other("the end of another's row", "DELETE", accounts+"?id=eq.{alice}", "", 204, "")),
		as(1, "alice", get("which is still there", accounts+"?select=name", 200, `[{"name":"alice"}]`)),
		as(1, "bob", get("another's file", "/storage/v1/object/authenticated/priv/alice.txt", 400, "NoSuchKey")),
		as(1, "bob", other("a link to another's file", "POST", "/storage/v1/object/sign/priv/alice.txt", `{"expiresIn":60}`, 400, "NoSuchKey")),
		as(1, "bob", other("another's file over his", "PUT", "/storage/v1/object/priv/alice.txt", `"x"`, 400, "")),
		as(1, "bob", get("the list of another's files", "/storage/v1/object/info/priv/alice.txt", 400, "")),
		as(1, "bob", get("another's account", "/auth/v1/admin/users/{alice}", 403, "")),

		as(2, "anon", post("a used refresh token after its family moved on", "/auth/v1/token?grant_type=refresh_token", `{"refresh_token":"{stale}"}`, 400, "refresh_token_already_used")),
		as(2, "anon", post("which ends the family", "/auth/v1/token?grant_type=refresh_token", `{"refresh_token":"{kept}"}`, 400, "refresh_token_")),
		as(2, "carol", get("and what it opened", "/auth/v1/user", 403, "session_not_found")),
		as(2, "anon", post("a wrong password", "/auth/v1/token?grant_type=password", `{"email":"alice@b.co","password":"wrong password"}`, 400, "invalid_credentials")),
		as(2, "anon", post("no such account, which is told alike", "/auth/v1/token?grant_type=password", `{"email":"nobody@b.co","password":"wrong password"}`, 400, "invalid_credentials")),
		as(2, "anon", post("a guessed code", "/auth/v1/verify", `{"type":"email","email":"alice@b.co","token":"000000"}`, 403, "otp_expired")),
		as(2, "anon", get("a token without a signature", "/auth/v1/user", 403, "bad_jwt").with("Authorization", sign(`{"alg":"none"}`, `{"sub":"{alice}","role":"authenticated","exp":4000000000}`, devSecret))),

		as(3, "alice", get("a column that is not granted", accounts+"?select=risk", 403, "42501")),
		as(3, "alice", get("all columns, with it", accounts+"?select=*", 403, "42501")),
		as(3, "alice", get("a filter on it", accounts+"?select=id&risk=eq.TOPSECRET", 403, "42501")),
		as(3, "alice", get("an order by it", accounts+"?select=id&order=risk", 403, "42501")),
		as(3, "alice", other("her own balance", "PATCH", accounts+"?id=eq.{alice}", `{"balance":1000000}`, 403, "42501")),
		as(3, "alice", other("a name with a balance beside it", "PATCH", accounts+"?id=eq.{alice}", `{"name":"alice","balance":1000000}`, 403, "42501")),
		as(3, "alice", other("her own role", "PUT", "/auth/v1/user", `{"role":"service_role","app_metadata":{"admin":true},"data":{"a":1}}`, 200, `"role":"authenticated"`)),
		as(3, "alice", get("which she has not", "/auth/v1/user", 200, `"app_metadata":{"provider":"email","providers":["email"]}`)),

		as(4, "anon", post("a body without an end", "/auth/v1/signup", `{"email":"`+strings.Repeat("a", 12<<20)+`"}`, 413, "")),
		as(4, "alice", get("a page without an end", "/rest/v1/notes?limit=100000000", 200, "")),
		as(4, "alice", get("embeds without an end", "/rest/v1/notes?select="+strings.Repeat("tags(notes(", 60)+"id"+strings.Repeat("))", 60), 400, "PLR002")),
		as(4, "alice", post("requests without an end in one", "/rest/v1/batch", "["+strings.Repeat(`{"method":"GET","path":"/notes"},`, 5000)+`{"method":"GET","path":"/notes"}]`, 413, "PLR031")),

		as(5, "alice", post("a function that is not granted", "/rest/v1/rpc/close_all", "{}", 403, "42501")),
		as(5, "anon", post("and for nobody in particular", "/rest/v1/rpc/close_all", "{}", 401, "42501")),
		as(5, "alice", get("the list of all accounts", "/auth/v1/admin/users", 403, "not_admin")),
		as(5, "alice", other("an account by the administrator's route", "POST", "/auth/v1/admin/users", `{"email":"x@b.co"}`, 403, "not_admin")),
		as(5, "alice", post("a bucket of her own", "/storage/v1/bucket", `{"id":"mine","name":"mine","public":true}`, 400, "row-level security")),
		as(5, "alice", get("what the operator reads", "/metrics", 403, "")),
		as(5, "alice", get("what realtime holds", "/realtime/v1/api/stats", 403, "")),

		as(6, "bob", post("letters to somebody, the first", "/auth/v1/recover", `{"email":"alice@b.co"}`, 200, "")),
		as(6, "bob", post("and the second at once", "/auth/v1/recover", `{"email":"alice@b.co"}`, 429, "over_email_send_rate_limit")),

		as(7, "anon", get("a redirect to a host that is not listed", "/auth/v1/verify?token=x&type=signup&redirect_to=http%3A%2F%2F169.254.169.254%2F", 303, "")),
		as(7, "anon", get("a provider by URL", "/auth/v1/authorize?provider=http%3A%2F%2F169.254.169.254", 400, "")),
		as(7, "anon", post("an issuer of the caller's own", "/auth/v1/token?grant_type=id_token", `{"provider":"custom","issuer":"http://169.254.169.254","id_token":"a.b.c"}`, 400, "")),

		as(8, "anon", other("the method that echoes", "TRACE", "/rest/v1/notes", "", 405, "")),
		as(8, "anon", get("an error that tells no more than it must", "/rest/v1/notes?id=eq.x", 400, "22P02")),
		as(8, "anon", get("the folder of the project", "/supabase/", 404, "")),
		as(8, "anon", get("the files of the server", "/..%2f..%2fetc/passwd", 404, "")),
		as(8, "anon", get("profiles of the process", "/debug/pprof/", 403, "")),

		as(9, "anon", get("an older version of the API", "/rest/v0/notes", 404, "")),
		as(9, "anon", get("a schema that is not shown", "/rest/v1/users", 406, "PGRST106").with("Accept-Profile", "auth")),
		as(9, "anon", get("a table that one may not use, in the description", "/rest/v1/", 200, "/notes")),

		as(10, "anon", post("a token of an issuer that nobody trusts", "/auth/v1/token?grant_type=id_token", `{"provider":"google","id_token":"eyJhbGciOiJub25lIn0.e30."}`, 400, "")),
	}
}

// TestRisks sends the list, on both engines.
func TestRisks(t *testing.T) {
	t.Parallel()
	for _, engine := range []string{"sqlite", "postgres"} {
		t.Run(engine, func(t *testing.T) {
			t.Parallel()
			url := ""
			if engine == "postgres" {
				pg, err := pgserver.Start(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { pg.Stop() })
				url = pg.URL
			}
			h, anon := open(t, url)
			p := newPeople(t, h, anon)
			for _, r := range risks() {
				t.Run(fmt.Sprintf("API%d %s", r.api, r.request.name), func(t *testing.T) { p.check(t, r) })
			}
		})
	}
}

// people signed up, each with an account, alice with a file.
type people struct {
	h      http.Handler
	anon   string
	tokens map[string]string
	words  *strings.Replacer
}

func newPeople(t *testing.T, h http.Handler, anon string) *people {
	t.Helper()
	p := &people{h: h, anon: anon, tokens: map[string]string{"anon": anon}}
	pairs := []string{}
	for _, name := range []string{"alice", "bob", "carol"} {
		s := p.session(t, "/auth/v1/signup", fmt.Sprintf(`{"email":"%s@b.co","password":"a long password"}`, name))
		p.tokens[name] = s.AccessToken
		pairs = append(pairs, "{"+name+"}", s.User.ID)
		p.must(t, name, post("", "/rest/v1/accounts", fmt.Sprintf(`{"name":%q}`, name), 201, ""))
		if name == "carol" {
			again := s.RefreshToken
			for range 2 { // twice: the one before may be sent again by an innocent phone
				again = p.session(t, "/auth/v1/token?grant_type=refresh_token", fmt.Sprintf(`{"refresh_token":%q}`, again)).RefreshToken
			}
			pairs = append(pairs, "{stale}", s.RefreshToken, "{kept}", again)
		}
	}
	p.must(t, "alice", post("", "/storage/v1/object/priv/alice.txt", `"TOPSECRET"`, 200, ""))
	p.words = strings.NewReplacer(pairs...)
	return p
}

type session struct {
	AccessToken  string `json:"access_token"`
	RefreshToken string `json:"refresh_token"`
	User         struct{ ID string }
}

func (p *people) session(t *testing.T, path, body string) (s session) {
	t.Helper()
	text := p.must(t, "anon", post("", path, body, 200, ""))
	if err := json.Unmarshal([]byte(text), &s); err != nil || s.AccessToken == "" {
		t.Fatalf("no session: %v in %.200s", err, text)
	}
	return s
}

func (p *people) must(t *testing.T, who string, r request) string {
	t.Helper()
	status, body := p.send(t, who, r)
	if status != r.status {
		t.Fatalf("%s %s = %d %.300s, want %d", r.method, r.path, status, body, r.status)
	}
	return body
}

func (p *people) send(t *testing.T, who string, r request) (int, string) {
	t.Helper()
	header := map[string]string{"Authorization": "Bearer " + p.tokens[who]}
	for k, v := range r.header {
		header[k] = v
	}
	r.header = header
	return send(t, p.h, p.anon, r)
}

func (p *people) check(t *testing.T, r risk) {
	r.request.path, r.request.body = p.words.Replace(r.request.path), p.words.Replace(r.request.body)
	status, body := p.send(t, r.as, r.request)
	if status != r.request.status || !strings.Contains(body, r.request.holds) {
		t.Errorf("%s: %s %.120s = %d %.300s, want %d with %q", r.as, r.request.method, r.request.path, status, body, r.request.status, r.request.holds)
	}
	for _, secret := range []string{"TOPSECRET", "encrypted_password", "goroutine ", "/internal/", "root:x:"} {
		if strings.Contains(body, secret) {
			t.Errorf("the answer tells %q: %.300s", secret, body)
		}
	}
}
