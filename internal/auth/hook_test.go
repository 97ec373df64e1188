package auth_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
)

const whsec = "v1,whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// withHooks gives the room hooks at these targets.
func withHooks(targets map[string]hook.Target) func(*auth.Config) {
	return func(c *auth.Config) {
		h, err := hook.New(hook.Config{DB: c.DB, Log: slog.New(slog.DiscardHandler), Targets: targets})
		if err != nil {
			panic(err)
		}
		c.Hooks = h
	}
}

// functions are hooks as people write them, in SQL.
const functions = `
create table public.attempts (what text, valid boolean);
create table public.told (event jsonb);
create function public.claims_hook(event jsonb) returns jsonb language plpgsql stable as $$
declare claims jsonb := event -> 'claims';
begin
  claims := jsonb_set(claims, '{plan}', '"pro"');
  claims := jsonb_set(claims, '{sub}', '"00000000-0000-4000-8000-000000000009"');
  return jsonb_build_object('claims', claims);
end; $$;
create function public.creation_hook(event jsonb) returns jsonb language plpgsql as $$
begin
  if event -> 'user' ->> 'email' like '%@evil.example' then
    return jsonb_build_object('error', jsonb_build_object('http_code', 403, 'message', 'Not from there.'));
  end if;
  return '{}'::jsonb;
end; $$;
create function public.attempt_hook(event jsonb) returns jsonb language plpgsql security definer as $$
begin
  insert into public.attempts values ('x', (event ->> 'valid')::boolean);
  if (select count(*) from public.attempts where not valid) >= 2 then
    return '{"decision": "reject", "message": "Too many tries.", "should_logout_user": true}'::jsonb;
  end if;
  return '{"decision": "continue"}'::jsonb;
end; $$;
create function public.letter_hook(event jsonb) returns jsonb language plpgsql security definer as $$
begin
  insert into public.told values (event);
  return '{}'::jsonb;
end; $$;
create function public.raising_hook(event jsonb) returns jsonb language plpgsql as $$
begin
  raise exception 'Closed on Sundays.';
end; $$;
create function public.broken_hook(event jsonb) returns jsonb language plpgsql as $$
begin
  return '{"claims": {"role": "authenticated"}}'::jsonb;
end; $$;
`

func sqlHook(name string) hook.Target {
	return hook.Target{URI: "pg-functions://postgres/public/" + name}
}

func TestHooksInSQL(t *testing.T) {
	t.Parallel()
	s := open(t, withHooks(map[string]hook.Target{
		hook.CustomAccessToken: sqlHook("claims_hook"), hook.BeforeUserCreated: sqlHook("creation_hook"),
		hook.PasswordAttempt: sqlHook("attempt_hook"),
	}))
	s.script(functions)
	got := s.want(200, "POST", "/signup", "", ann)
	c, err := s.ring.Verify(access(got), s.now)
	if err != nil || !strings.Contains(c.JSON, `"plan":"pro"`) || c.Subject != got["user"].(object)["id"] {
		t.Errorf("claims = %+v, %v", c, err)
	}
	if _, again := s.renew(refresh(got)); !strings.Contains(payload(t, access(again)), `"plan":"pro"`) {
		t.Error("a refresh forgets the claim")
	}
	out := s.want(403, "POST", "/signup", "", `{"email":"x@evil.example","password":"correct horse"}`)
	if out["message"] != "Not from there." || out["code"] != "hook_rejected" {
		t.Errorf("refused = %v", out)
	}
	if n := s.count("select count(*) from auth.users"); n != 1 {
		t.Errorf("%d users", n)
	}
	wrong := `{"email":"ann@example.com","password":"wrong horse"}`
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", wrong)
	if out := s.want(400, "POST", "/token?grant_type=password", "", wrong); out["message"] != "Too many tries." {
		t.Errorf("refused = %v", out)
	}
	if code, _ := s.renew(refresh(got)); code != 400 {
		t.Error("the user was not signed out")
	}
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
}

func payload(t *testing.T, tok string) string {
	t.Helper()
	obj, err := parseToken(tok)
	if err != nil {
		t.Fatal(err)
	}
	return obj
}

func TestHooksThatFail(t *testing.T) {
	t.Parallel()
	s := open(t, withHooks(map[string]hook.Target{hook.BeforeUserCreated: sqlHook("raising_hook")}))
	s.script(functions)
	if out := s.want(403, "POST", "/signup", "", ann); out["message"] != "Closed on Sundays." {
		t.Errorf("raised = %v", out)
	}
	s = open(t, withHooks(map[string]hook.Target{hook.CustomAccessToken: sqlHook("broken_hook")}))
	s.script(functions)
	s.refused("hook_payload_invalid", 503, "POST", "/signup", "", ann)
	s = open(t, withHooks(map[string]hook.Target{hook.CustomAccessToken: sqlHook("nowhere")}))
	s.refused("unexpected_failure", 503, "POST", "/signup", "", ann)
	s = open(t, withHooks(map[string]hook.Target{hook.FactorAttempt: sqlHook("attempt_hook")}))
	s.script(functions)
	tok := access(s.want(200, "POST", "/signup", "", ann))
	id, _, second := s.enrolled(tok, "app")
	for i, want := range []string{"mfa_verification_failed", "mfa_verification_rejected"} {
		code, out := s.call("POST", "/factors/"+id+"/verify", second, `{"challenge_id":"`+s.challenged(second, id)+`","code":"000000"}`)
		if out["code"] != want {
			t.Errorf("guess %d: %d %v", i, code, out)
		}
	}
	s.refused("session_not_found", 403, "GET", "/user", second, "")
}

// What is sent by a hook is sent if, and only if, its cause commits.
func TestLettersByHook(t *testing.T) {
	t.Parallel()
	s := withPhones(t, func(c *auth.Config, m *sms.Config) {
		withHooks(map[string]hook.Target{hook.SendEmail: sqlHook("letter_hook"), hook.SendSMS: sqlHook("letter_hook")})(c)
		hooks := c.Hooks
		m.Hook = func(ctx context.Context, tx *db.Tx, msg sms.Message) error {
			return hooks.Send(ctx, tx, hook.SendSMS, object{"user": msg.User, "sms": object{"otp": msg.Code}})
		}
	})
	s.script(functions)
	s.want(200, "POST", "/signup?redirect_to=myapp://callback", "", ann)
	s.want(200, "POST", "/otp", "", `{"phone":"+491701234567"}`)
	rows, err := s.db.Query(t.Context(), db.Owner, "select event::text from public.told")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var mailed, texted object
	for rows.Next() {
		var event object
		if err := json.Unmarshal([]byte(rows.Value(0).S), &event); err != nil {
			t.Fatal(err)
		}
		if m, ok := event["email_data"].(object); ok {
			mailed = m
		} else {
			texted = event["sms"].(object)
		}
	}
	if mailed["email_action_type"] != "signup" || mailed["redirect_to"] != "myapp://callback" {
		t.Errorf("told = %v", mailed)
	}
	s.want(200, "POST", "/verify", "", `{"type":"signup","token_hash":"`+text(mailed["token_hash"])+`"}`)
	s.want(200, "POST", "/verify", "", `{"type":"sms","phone":"+491701234567","token":"`+text(texted["otp"])+`"}`)
	if n := s.count("select count(*) from plinth.letters"); n != 0 {
		t.Errorf("%d letters went the other way", n)
	}
}

// A server of the project is asked with a signature that the library of Standard
// Webhooks accepts, waits for nobody, and is told of a letter until it has heard.
func TestHooksByHTTP(t *testing.T) {
	t.Parallel()
	type told struct {
		header http.Header
		body   string
	}
	got := make(chan told, 10)
	say := make(chan func(http.ResponseWriter), 10)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, _ := io.ReadAll(r.Body)
		got <- told{r.Header, string(text)}
		select {
		case fn := <-say:
			fn(w)
		default:
			w.Header().Set("Content-Type", "application/json")
			io.WriteString(w, `{}`)
		}
	}))
	defer srv.Close()
	at := hook.Target{URI: srv.URL, Secrets: whsec + "|v1,whsec_c2Vjb25kIHNlY3JldCBvZiBzb21lIGxlbmd0aA=="}
	s := withMail(t, withHooks(map[string]hook.Target{hook.BeforeUserCreated: at, hook.SendEmail: at}))
	answers := func(status int, kind, body string) func(http.ResponseWriter) {
		return func(w http.ResponseWriter) {
			w.Header().Set("Content-Type", kind)
			w.WriteHeader(status)
			io.WriteString(w, body)
		}
	}
	say <- answers(503, "text/plain", "") // busy: asked again
	s.want(200, "POST", "/signup", "", ann)
	<-got
	first := <-got
	verifyWebhook(t, first.header, first.body)
	if !strings.Contains(first.body, `"name":"before-user-created"`) || !strings.Contains(first.body, `"email":"ann@example.com"`) {
		t.Errorf("asked %s", first.body)
	}
	for code, fn := range map[string]func(http.ResponseWriter){
		"hook_rejected":                answers(200, "application/json", `{"error":{"http_code":400,"message":"no"}}`),
		"unexpected_failure":           answers(500, "text/plain", "secret stack"),
		"hook_payload_invalid":         answers(200, "text/html", "<html>"),
		"hook_payload_over_size_limit": answers(200, "application/json", `"`+strings.Repeat("x", 300<<10)+`"`),
	} {
		say <- fn
		status, out := s.call("POST", "/signup", "", `{"email":"bob@example.com","password":"correct horse"}`)
		if out["code"] != code || strings.Contains(text(out["message"]), "secret") {
			t.Errorf("%s: %d %v", code, status, out)
		}
		<-got
	}
	// The letter waits in the queue, and is told there.
	if n := s.count("select count(*) from plinth.jobs where kind = 'auth.hook'"); n != 1 {
		t.Fatalf("%d jobs", n)
	}
	h, err := hook.New(hook.Config{DB: s.db, Log: slog.New(slog.DiscardHandler), Targets: map[string]hook.Target{hook.SendEmail: at}})
	if err != nil {
		t.Fatal(err)
	}
	kind := h.Job()
	kind.Backoff = func(int) time.Duration { return time.Millisecond }
	say <- answers(500, "text/plain", "")
	cfg := job.Default()
	cfg.DB, cfg.Log, cfg.Kinds = s.db, slog.New(slog.DiscardHandler), map[string]job.Kind{hook.Kind: kind}
	q, err := job.New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	if err := q.Start(t.Context()); err != nil {
		t.Fatal(err)
	}
	defer q.Stop()
	<-got
	letter := <-got
	var event struct {
		Data struct {
			Token string `json:"token"`
		} `json:"email_data"`
	}
	if err := json.Unmarshal([]byte(letter.body), &event); err != nil {
		t.Fatal(err)
	}
	s.want(200, "POST", "/verify", "", `{"type":"signup","email":"ann@example.com","token":"`+event.Data.Token+`"}`)
}

// verifyWebhook asks the library of Standard Webhooks.
func verifyWebhook(t *testing.T, h http.Header, body string) {
	t.Helper()
	in, _ := json.Marshal(object{"secret": strings.TrimPrefix(whsec, "v1,"), "body": body, "headers": object{
		"webhook-id": h.Get("Webhook-Id"), "webhook-timestamp": h.Get("Webhook-Timestamp"), "webhook-signature": h.Get("Webhook-Signature"),
	}})
	cmd := exec.CommandContext(t.Context(), "node", "webhook.mjs")
	cmd.Dir = "../../tests/js"
	cmd.Stdin = strings.NewReader(string(in))
	if out, err := cmd.CombinedOutput(); err != nil || string(out) != "good\n" {
		t.Errorf("Standard Webhooks: %s %v (is it installed? run `make deps`)", out, err)
	}
}

func TestHooksAreRead(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	for name, h := range map[string]hook.Target{
		"no scheme": {URI: "public.f"}, "another": {URI: "ftp://x"}, "no function": {URI: "pg-functions://postgres/public"},
		"injected": {URI: `pg-functions://postgres/public/f"(null); drop table x; --`}, "no secret": {URI: "https://x.example"},
		"short": {URI: "https://x.example", Secrets: "v1,whsec_c2hvcnQ="}, "half": {URI: "https://x.example", Secrets: whsec + "|x"},
	} {
		if _, err := hook.New(hook.Config{DB: s.db, Log: slog.New(slog.DiscardHandler), Targets: map[string]hook.Target{"x": h}}); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
}
