package auth_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/wire"
)

// withMail is a room that confirms addresses and keeps its letters.
func withMail(t *testing.T, change func(*auth.Config)) *house {
	t.Helper()
	return open(t, func(c *auth.Config) {
		letters(t, c)
		if change != nil {
			change(c)
		}
	})
}

func letters(t *testing.T, c *auth.Config) {
	t.Helper()
	m := mail.Default()
	m.DB, m.Log = c.DB, slog.New(slog.DiscardHandler)
	post, err := mail.New(m)
	if err != nil {
		t.Fatal(err)
	}
	c.Mail, c.Autoconfirm, c.MaxFrequency = post, false, 0
	c.SiteURL, c.ExternalURL = "https://app.example.com", "https://api.example.com/auth/v1"
	c.RedirectURLs = []string{"myapp://callback", "https://*.example.org/**"}
}

// letter returns the code and the link of the last letter to an address.
func (s *house) letter(to string) (digits string, link url.Values) {
	s.t.Helper()
	rows, err := s.db.Query(context.Background(), db.Owner, `select body from plinth.letters where address = $1 order by created_at desc, id desc limit 1`, to)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		s.t.Fatalf("no letter to %s", to)
	}
	body := rows.Value(0).S
	digits = regexp.MustCompile(`<strong>(\d{6})</strong>`).FindStringSubmatch(body)[1]
	if m := regexp.MustCompile(`href="([^"]+)"`).FindStringSubmatch(body); m != nil {
		u, err := url.Parse(strings.ReplaceAll(m[1], "&amp;", "&"))
		if err != nil || !strings.HasPrefix(u.String(), "https://api.example.com/auth/v1/verify?") {
			s.t.Fatalf("link = %s, %v", m[1], err)
		}
		link = u.Query()
	}
	return digits, link
}

func (s *house) count(sql string) int64 {
	s.t.Helper()
	rows, err := s.db.Query(context.Background(), db.Owner, sql)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	rows.Next()
	return rows.Value(0).I
}

// follow opens a letter's link and returns where it leads.
func (s *house) follow(q url.Values) *url.URL {
	s.t.Helper()
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, wire.WithIdentity(httptest.NewRequest("GET", "/verify?"+q.Encode(), nil), &wire.Identity{}))
	to, err := url.Parse(w.Header().Get("Location"))
	if err != nil || w.Code != 303 {
		s.t.Fatalf("verify = %d %s", w.Code, w.Body)
	}
	return to
}

func fragment(u *url.URL) url.Values { v, _ := url.ParseQuery(u.Fragment); return v }

func TestSignUpIsConfirmed(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	u := s.want(200, "POST", "/signup?redirect_to=myapp://callback", "", ann)
	if u["access_token"] != nil || u["confirmation_sent_at"] == nil || u["email_confirmed_at"] != nil {
		t.Errorf("signup = %v", u)
	}
	s.refused("email_not_confirmed", 400, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
	code, link := s.letter("ann@example.com")
	if link.Get("redirect_to") != "myapp://callback" || link.Get("type") != "signup" {
		t.Errorf("link = %v", link)
	}
	s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"recovery","email":"ann@example.com","token":"`+code+`"}`)
	got := s.want(200, "POST", "/verify", "", `{"type":"signup","email":"Ann@example.com","token":"`+code+`"}`)
	if got["user"].(object)["email_confirmed_at"] == nil {
		t.Errorf("user = %v", got["user"])
	}
	again := s.want(200, "POST", "/verify", "", `{"type":"signup","email":"ann@example.com","token":"`+code+`"}`)
	if refresh(again) != refresh(got) {
		t.Error("the same client has another session")
	}
	s.now = s.now.Add(time.Minute)
	s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"signup","email":"ann@example.com","token":"`+code+`"}`)
	s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
	// The address is taken now, and a stranger does not learn it.
	fake := s.want(200, "POST", "/signup", "", ann)
	if fake["id"] == u["id"] || len(fake["identities"].([]any)) != 1 || fake["confirmation_sent_at"] == nil {
		t.Errorf("a second sign-up = %v", fake)
	}
	if n := s.count("select count(*) from plinth.letters where body is not null"); n != 1 {
		t.Errorf("%d letters", n)
	}
	if n := s.count("select count(*) from auth.users"); n != 1 {
		t.Errorf("%d users", n)
	}
}

func TestLinks(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	s.want(200, "POST", "/signup?redirect_to=https://evil.example/x", "", ann)
	_, link := s.letter("ann@example.com")
	if link.Get("redirect_to") != "https://app.example.com" {
		t.Errorf("redirect_to = %s", link.Get("redirect_to"))
	}
	to := s.follow(link)
	f := fragment(to)
	if to.Host != "app.example.com" || f.Get("type") != "signup" || f.Get("token_type") != "bearer" || f.Get("expires_in") != "3600" {
		t.Errorf("leads to %s", to)
	}
	if c, _ := s.renew(f.Get("refresh_token")); c != 200 {
		t.Error("the link's session does not work")
	}
	s.now = s.now.Add(time.Minute)
	if f := fragment(s.follow(link)); f.Get("error_code") != "otp_expired" || f.Get("error") != "access_denied" || f.Get("access_token") != "" {
		t.Errorf("a used link gives %v", f)
	}
	s.want(200, "POST", "/recover?redirect_to=https://a.example.org/b/c", "", `{"email":"ann@example.com"}`)
	_, link = s.letter("ann@example.com")
	if link.Get("redirect_to") != "https://a.example.org/b/c" || link.Get("type") != "recovery" {
		t.Errorf("link = %v", link)
	}
	s.now = s.now.Add(2 * time.Hour)
	if f := fragment(s.follow(link)); f.Get("error_code") != "otp_expired" {
		t.Errorf("an old link gives %v", f)
	}
}

func TestPKCE(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	verifier := strings.Repeat("verifier", 7)
	sum := sha256.Sum256([]byte(verifier))
	challenge := base64.RawURLEncoding.EncodeToString(sum[:])
	s.want(200, "POST", "/otp?redirect_to=myapp://callback", "", `{"email":"ann@example.com","code_challenge":"`+challenge+`","code_challenge_method":"s256"}`)
	_, link := s.letter("ann@example.com")
	to := s.follow(link)
	code := to.Query().Get("code")
	if to.Scheme != "myapp" || code == "" || to.Fragment != "" {
		t.Fatalf("leads to %s", to)
	}
	s.refused("bad_code_verifier", 400, "POST", "/token?grant_type=pkce", "", `{"auth_code":"`+code+`","code_verifier":"wrong"}`)
	body := `{"auth_code":"` + code + `","code_verifier":"` + verifier + `"}`
	got := s.want(200, "POST", "/token?grant_type=pkce", "", body)
	if again := s.want(200, "POST", "/token?grant_type=pkce", "", body); refresh(again) != refresh(got) {
		t.Error("a retry has another session")
	}
	s.now = s.now.Add(time.Minute)
	s.refused("flow_state_not_found", 404, "POST", "/token?grant_type=pkce", "", body)
	s.refused("flow_state_not_found", 404, "POST", "/token?grant_type=pkce", "", `{"auth_code":"x","code_verifier":"y"}`)
	s.refused("validation_failed", 400, "POST", "/otp", "", `{"email":"ann@example.com","code_challenge":"short","code_challenge_method":"s256"}`)
}

func TestOTP(t *testing.T) {
	t.Parallel()
	s := withMail(t, func(c *auth.Config) { c.MaxFrequency = 10 * time.Second })
	s.refused("otp_disabled", 422, "POST", "/otp", "", `{"email":"ann@example.com","create_user":false}`)
	s.want(200, "POST", "/otp", "", `{"email":"ann@example.com","data":{"name":"Ann"}}`)
	slow, _ := s.letter("ann@example.com")
	s.now = s.now.Add(11 * time.Second)
	s.want(200, "POST", "/otp", "", `{"email":"ann@example.com"}`)
	if got := s.refused("over_email_send_rate_limit", 429, "POST", "/otp", "", `{"email":"ann@example.com"}`); !strings.Contains(got["message"].(string), "after 10 seconds") {
		t.Errorf("message = %v", got["message"])
	}
	// The first letter was slow; its code works all the same.
	got := s.want(200, "POST", "/verify", "", `{"type":"email","email":"ann@example.com","token":"`+slow+`"}`)
	c, err := s.ring.Verify(access(got), s.now)
	if err != nil || !strings.Contains(c.JSON, `"method":"otp"`) || got["user"].(object)["user_metadata"].(object)["name"] != "Ann" {
		t.Errorf("claims = %+v, %v", c, err)
	}
	_, again := s.renew(refresh(got))
	if c, err := s.ring.Verify(access(again), s.now); err != nil || !strings.Contains(c.JSON, `"method":"otp"`) {
		t.Errorf("after a refresh = %+v, %v", c, err)
	}
	// An address that nobody has is answered, and throttled, in the same way.
	s.want(200, "POST", "/recover", "", `{"email":"nobody@example.com"}`)
	s.refused("over_email_send_rate_limit", 429, "POST", "/recover", "", `{"email":"nobody@example.com"}`)
	if n := s.count("select count(*) from plinth.letters where address = 'nobody@example.com' and body is not null"); n != 0 {
		t.Errorf("%d letters to nobody", n)
	}
}

func TestWrongCodesAreCounted(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	s.want(200, "POST", "/otp", "", `{"email":"ann@example.com"}`)
	code, _ := s.letter("ann@example.com")
	wrong := "000000"
	if code == wrong {
		wrong = "000001"
	}
	for range 5 {
		s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"email","email":"ann@example.com","token":"`+wrong+`"}`)
	}
	s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"email","email":"ann@example.com","token":"`+code+`"}`)
}

// One code in many hands at once opens one session.
func TestACodeIsUsedOnce(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	s.want(200, "POST", "/otp", "", `{"email":"ann@example.com"}`)
	code, _ := s.letter("ann@example.com")
	var wg sync.WaitGroup
	for range 20 {
		wg.Go(func() { s.call("POST", "/verify", "", `{"type":"email","email":"ann@example.com","token":"`+code+`"}`) })
	}
	wg.Wait()
	if n := s.count("select count(*) from auth.sessions"); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// A stranger's password does not survive the owner's own proof.
func TestAStrangersPasswordDies(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	s.want(200, "POST", "/signup", "", `{"email":"ann@example.com","password":"the strangers"}`)
	s.want(200, "POST", "/recover", "", `{"email":"ann@example.com"}`)
	code, _ := s.letter("ann@example.com")
	s.want(200, "POST", "/verify", "", `{"type":"recovery","email":"ann@example.com","token":"`+code+`"}`)
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"the strangers"}`)
}

func (s *house) confirmed(email string) object {
	s.t.Helper()
	s.want(200, "POST", "/otp", "", `{"email":"`+email+`"}`)
	code, _ := s.letter(email)
	return s.want(200, "POST", "/verify", "", `{"type":"email","email":"`+email+`","token":"`+code+`"}`)
}

func TestChangeOfAddress(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	tok := access(s.confirmed("ann@example.com"))
	u := s.want(200, "PUT", "/user", tok, `{"email":"new@example.com"}`)
	if u["email"] != "ann@example.com" || u["new_email"] != "new@example.com" {
		t.Errorf("user = %v", u)
	}
	one, _ := s.letter("ann@example.com")
	two, _ := s.letter("new@example.com")
	half := s.want(200, "POST", "/verify", "", `{"type":"email_change","email":"ann@example.com","token":"`+one+`"}`)
	if half["access_token"] != nil || half["code"] != 200.0 {
		t.Errorf("half = %v", half)
	}
	got := s.want(200, "POST", "/verify", "", `{"type":"email_change","email":"new@example.com","token":"`+two+`"}`)
	if u := got["user"].(object); u["email"] != "new@example.com" || u["new_email"] != nil {
		t.Errorf("user = %v", u)
	}
	// An anonymous user has one letter.
	anon := access(s.want(200, "POST", "/signup", "", `{}`))
	s.refused("email_exists", 422, "PUT", "/user", anon, `{"email":"new@example.com"}`)
	s.want(200, "PUT", "/user", anon, `{"email":"guest@example.com"}`)
	code, _ := s.letter("guest@example.com")
	up := s.want(200, "POST", "/verify", "", `{"type":"email_change","email":"guest@example.com","token":"`+code+`"}`)["user"].(object)
	if up["is_anonymous"] != false || len(up["identities"].([]any)) != 1 {
		t.Errorf("upgraded = %v", up)
	}
}

func TestReauthentication(t *testing.T) {
	t.Parallel()
	s := withMail(t, func(c *auth.Config) { c.SecureChange, c.TokenLife = true, 100*time.Hour })
	tok := access(s.confirmed("ann@example.com"))
	s.want(200, "PUT", "/user", tok, `{"password":"correct horse"}`)
	s.now = s.now.Add(25 * time.Hour)
	s.refused("reauthentication_needed", 400, "PUT", "/user", tok, `{"password":"another horse"}`)
	s.want(200, "GET", "/reauthenticate", tok, "")
	code, _ := s.letter("ann@example.com")
	s.refused("reauthentication_not_valid", 422, "PUT", "/user", tok, `{"password":"another horse","nonce":"x"}`)
	if n := s.count("select attempts from auth.one_time_codes where kind = 'reauthentication'"); n != 1 {
		t.Errorf("%d wrong guesses were counted", n)
	}
	s.want(200, "PUT", "/user", tok, `{"password":"another horse","nonce":"`+code+`"}`)
	s.refused("reauthentication_not_valid", 422, "PUT", "/user", tok, `{"password":"third horse","nonce":"`+code+`"}`)
}

func TestAdmin(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	service, err := s.ring.Sign(object{"role": "service_role"})
	if err != nil {
		t.Fatal(err)
	}
	s.refused("no_authorization", 401, "GET", "/admin/users", "", "")
	s.refused("not_admin", 403, "GET", "/admin/users", access(s.confirmed("ann@example.com")), "")
	u := s.want(200, "POST", "/admin/users", service, `{"email":"bob@example.com","password":"correct horse","email_confirm":true,"user_metadata":{"a":1},"app_metadata":{"plan":"pro"}}`)
	if u["email_confirmed_at"] == nil || u["app_metadata"].(object)["plan"] != "pro" || u["app_metadata"].(object)["provider"] != "email" {
		t.Errorf("user = %v", u)
	}
	s.refused("email_exists", 422, "POST", "/admin/users", service, `{"email":"bob@example.com"}`)
	path := "/admin/users/" + u["id"].(string)
	s.want(200, "PUT", path, service, `{"ban_duration":"1h","email":"rob@example.com"}`)
	s.refused("user_banned", 400, "POST", "/token?grant_type=password", "", `{"email":"rob@example.com","password":"correct horse"}`)
	s.want(200, "PUT", path, service, `{"ban_duration":"none"}`)
	s.want(200, "POST", "/token?grant_type=password", "", `{"email":"rob@example.com","password":"correct horse"}`)
	req := httptest.NewRequest("GET", "/admin/users?page=1&per_page=1", nil)
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, wire.WithIdentity(req, &wire.Identity{Session: db.Session{Role: "service_role"}}))
	want := `<https://api.example.com/auth/v1/admin/users?page=2&per_page=1>; rel="next", <https://api.example.com/auth/v1/admin/users?page=2&per_page=1>; rel="last"`
	if w.Header().Get("Link") != want || w.Header().Get("X-Total-Count") != "2" || w.Code != 200 {
		t.Errorf("page = %d %v", w.Code, w.Header())
	}
	s.want(200, "DELETE", path, service, `{"should_soft_delete":true}`)
	if soft := s.want(200, "GET", path, service, ""); soft["deleted_at"] == nil || soft["email"] == "rob@example.com" {
		t.Errorf("softly deleted = %v", soft)
	}
	s.want(200, "DELETE", path, service, "")
	s.refused("user_not_found", 404, "GET", path, service, "")
	s.refused("validation_failed", 404, "GET", "/admin/users/1", service, "")
}

func TestInvitationsAndLinks(t *testing.T) {
	t.Parallel()
	s := withMail(t, nil)
	service, err := s.ring.Sign(object{"role": "service_role"})
	if err != nil {
		t.Fatal(err)
	}
	for i, path := range []string{"/invite", "/admin/invite"} {
		to := fmt.Sprintf("guest%d@example.com", i)
		if u := s.want(200, "POST", path, service, `{"email":"`+to+`","data":{"team":"x"}}`); u["invited_at"] == nil {
			t.Errorf("invited = %v", u)
		}
		_, link := s.letter(to)
		if f := fragment(s.follow(link)); f.Get("type") != "invite" || f.Get("access_token") == "" {
			t.Errorf("leads to %v", f)
		}
		s.refused("email_exists", 422, "POST", path, service, `{"email":"`+to+`"}`)
	}
	got := s.want(200, "POST", "/admin/generate_link", service, `{"type":"magiclink","email":"guest0@example.com","redirect_to":"myapp://callback"}`)
	if got["redirect_to"] != "myapp://callback" || got["verification_type"] != "magiclink" || got["email"] != "guest0@example.com" ||
		!strings.Contains(got["action_link"].(string), got["hashed_token"].(string)) || len(got["email_otp"].(string)) != 6 {
		t.Errorf("link = %v", got)
	}
	s.want(200, "POST", "/verify", "", `{"type":"magiclink","token_hash":"`+got["hashed_token"].(string)+`"}`)
	s.refused("user_not_found", 404, "POST", "/admin/generate_link", service, `{"type":"recovery","email":"nobody@example.com"}`)
	s.refused("validation_failed", 400, "POST", "/admin/generate_link", service, `{"type":"odd","email":"nobody@example.com"}`)
	me := access(s.want(200, "POST", "/verify", "", `{"type":"magiclink","token_hash":"`+got["hashed_token"].(string)+`"}`))
	id := s.want(200, "GET", "/user", me, "")["identities"].([]any)[0].(object)["identity_id"].(string)
	s.refused("single_identity_not_deletable", 422, "DELETE", "/user/identities/"+id, me, "")
}

func TestLinksDoNotTrustHost(t *testing.T) {
	t.Parallel()
	s := withMail(t, func(c *auth.Config) { c.ExternalURL = "" })
	req := httptest.NewRequest("POST", "/otp", strings.NewReader(`{"email":"ann@example.com"}`))
	req.Host = "evil.example"
	w := httptest.NewRecorder()
	s.h.ServeHTTP(w, req)
	if n := s.count("select count(*) from plinth.letters where body like '%https://app.example.com/auth/v1/verify%' and body not like '%evil%'"); n != 1 {
		t.Errorf("the letter believes the request: %d %s", w.Code, w.Body)
	}
}
