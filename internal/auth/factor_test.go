package auth_test

import (
	"encoding/json"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/sms"
)

// app is an authenticator app: oathtool, at the house's time.
func (s *house) app(secret string) string {
	s.t.Helper()
	if _, err := exec.LookPath("oathtool"); err != nil {
		s.t.Fatal("oathtool is missing: run `make deps`")
	}
	out, err := exec.Command("oathtool", "--totp", "--base32", secret, "--now", s.now.UTC().Format("2006-01-02 15:04:05 UTC")).CombinedOutput()
	if err != nil {
		s.t.Fatalf("oathtool: %v %s", err, out)
	}
	return strings.TrimSpace(string(out))
}

// level returns what a token says of the factors that were shown.
func (s *house) level(tok string) (aal string, methods []string) {
	s.t.Helper()
	c, err := s.ring.Verify(tok, s.now)
	if err != nil {
		s.t.Fatal(err)
	}
	var p struct {
		AAL string
		AMR []struct{ Method string }
	}
	if err := json.Unmarshal([]byte(c.JSON), &p); err != nil {
		s.t.Fatal(err)
	}
	for _, m := range p.AMR {
		methods = append(methods, m.Method)
	}
	return p.AAL, methods
}

func text(v any) string { s, _ := v.(string); return s }

// enrolled adds an authenticator app and shows its first code.
func (s *house) enrolled(tok, name string) (id, secret, second string) {
	s.t.Helper()
	f := s.want(200, "POST", "/factors", tok, `{"factor_type":"totp","friendly_name":"`+name+`","issuer":"Shop"}`)
	id, secret = f["id"].(string), f["totp"].(object)["secret"].(string)
	got := s.show(tok, id, s.app(secret))
	return id, secret, access(got)
}

func (s *house) challenged(tok, id string) string {
	s.t.Helper()
	return s.want(200, "POST", "/factors/"+id+"/challenge", tok, `{}`)["id"].(string)
}

func (s *house) show(tok, id, code string) object {
	s.t.Helper()
	return s.want(200, "POST", "/factors/"+id+"/verify", tok, `{"challenge_id":"`+s.challenged(tok, id)+`","code":"`+code+`"}`)
}

func TestAuthenticatorApps(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	up := s.want(200, "POST", "/signup", "", ann)
	tok := access(up)
	other := s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
	f := s.want(200, "POST", "/factors", tok, `{"factor_type":"totp","friendly_name":"app","issuer":"Shop"}`)
	if totp := f["totp"].(object); !strings.HasPrefix(text(totp["qr_code"]), "<svg") || !strings.Contains(text(totp["uri"]), "issuer=Shop") || f["type"] != "totp" {
		t.Errorf("factor = %v", f)
	}
	id, secret := f["id"].(string), f["totp"].(object)["secret"].(string)
	ch := s.challenged(tok, id)
	verify := func(tok, ch, code string) (int, object) {
		return s.call("POST", "/factors/"+id+"/verify", tok, `{"challenge_id":"`+ch+`","code":"`+code+`"}`)
	}
	if code, got := verify(tok, ch, "000000"); code != 422 || got["code"] != "mfa_verification_failed" {
		t.Errorf("a wrong code: %d %v", code, got)
	}
	// Many hands show one code: one of them has it.
	good := s.app(secret)
	var wg sync.WaitGroup
	var mu sync.Mutex
	var got []object
	for range 6 {
		wg.Go(func() {
			if code, out := verify(tok, ch, good); code == 200 {
				mu.Lock()
				got = append(got, out)
				mu.Unlock()
			}
		})
	}
	wg.Wait()
	if len(got) != 1 {
		t.Fatalf("%d hands have it", len(got))
	}
	second := access(got[0])
	if aal, methods := s.level(second); aal != "aal2" || strings.Join(methods, " ") != "totp password" {
		t.Errorf("token = %s %v", aal, methods)
	}
	if fs := got[0]["user"].(object)["factors"].([]any); len(fs) != 1 || fs[0].(object)["status"] != "verified" || fs[0].(object)["secret"] != nil {
		t.Errorf("factors = %v", fs)
	}
	// Sessions without the second factor have ended; this one lives on, and keeps its level.
	if code, _ := s.renew(refresh(other)); code != 400 {
		t.Error("a session without the second factor lives on")
	}
	_, again := s.renew(refresh(got[0]))
	if aal, methods := s.level(access(again)); aal != "aal2" || len(methods) != 2 {
		t.Errorf("after a refresh = %s %v", aal, methods)
	}
	// The same code again is not good, nor is a challenge that was answered.
	if code, out := verify(second, s.challenged(second, id), good); code != 422 || out["code"] != "mfa_verification_failed" {
		t.Errorf("a code twice: %d %v", code, out)
	}
	if code, out := verify(second, ch, s.app(secret)); code != 422 || out["code"] != "mfa_challenge_expired" {
		t.Errorf("a challenge twice: %d %v", code, out)
	}
	late := s.challenged(second, id)
	s.now = s.now.Add(6 * time.Minute)
	if code, out := verify(second, late, s.app(secret)); code != 422 || out["code"] != "mfa_challenge_expired" {
		t.Errorf("a late code: %d %v", code, out)
	}
	// What an account hangs on needs the second factor.
	weak := access(s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`))
	for _, body := range []string{`{"password":"another horse"}`, `{"email":"evil@example.com"}`} {
		s.refused("insufficient_aal", 401, "PUT", "/user", weak, body)
	}
	s.want(200, "PUT", "/user", weak, `{"data":{"a":1}}`)
	s.refused("insufficient_aal", 401, "POST", "/factors", weak, `{"factor_type":"totp"}`)
	s.refused("insufficient_aal", 422, "DELETE", "/factors/"+id, weak, "")
	s.refused("insufficient_aal", 401, "POST", "/factors/recovery-codes", weak, "")
	// Another's factor is none.
	bob := access(s.want(200, "POST", "/signup", "", `{"email":"bob@example.com","password":"correct horse"}`))
	s.refused("mfa_factor_not_found", 404, "POST", "/factors/"+id+"/challenge", bob, `{}`)
	s.refused("mfa_factor_not_found", 404, "DELETE", "/factors/"+id, bob, "")
	if out := s.want(200, "DELETE", "/factors/"+id, second, ""); out["id"] != id {
		t.Errorf("unenroll = %v", out)
	}
	_, again = s.renew(refresh(again))
	if aal, _ := s.level(access(again)); aal != "aal1" {
		t.Errorf("without the factor the session is %s", aal)
	}
}

func TestFactorsAreGuarded(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *auth.Config) { c.MFA.MaxFactors = 2 })
	tok := access(s.want(200, "POST", "/signup", "", ann))
	id, secret, second := s.enrolled(tok, "app")
	s.refused("mfa_factor_name_conflict", 422, "POST", "/factors", second, `{"factor_type":"totp","friendly_name":"app"}`)
	s.want(200, "POST", "/factors", second, `{"factor_type":"totp","friendly_name":"other"}`)
	s.want(200, "POST", "/factors", second, `{"factor_type":"totp","friendly_name":"other"}`) // one that nobody finished makes room
	s.refused("too_many_enrolled_mfa_factors", 422, "POST", "/factors", second, `{"factor_type":"totp","friendly_name":"third"}`)
	s.refused("validation_failed", 400, "POST", "/factors", second, `{"factor_type":"pigeon"}`)
	s.refused("mfa_phone_enroll_not_enabled", 422, "POST", "/factors", second, `{"factor_type":"phone","phone":"+491701234567"}`)
	// Guesses are bounded, and a good code does not help for a while.
	weak := access(s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`))
	ch := s.challenged(weak, id)
	verify := func(code string) (int, object) {
		return s.call("POST", "/factors/"+id+"/verify", weak, `{"challenge_id":"`+ch+`","code":"`+code+`"}`)
	}
	for range 5 {
		if code, _ := verify("000000"); code != 422 {
			t.Errorf("a guess = %d", code)
		}
	}
	s.now = s.now.Add(time.Minute)
	if code, out := verify(s.app(secret)); code != 429 || out["code"] != "over_request_rate_limit" {
		t.Errorf("after five guesses: %d %v", code, out)
	}
	s.now = s.now.Add(16 * time.Minute)
	ch = s.challenged(weak, id)
	if code, out := verify(s.app(secret)); code != 200 {
		t.Errorf("later: %d %v", code, out)
	}
	off := open(t, func(c *auth.Config) { c.MFA.TOTPEnroll = false })
	off.refused("mfa_totp_enroll_not_enabled", 422, "POST", "/factors", access(off.want(200, "POST", "/signup", "", ann)), `{"factor_type":"totp"}`)
}

func TestRecoveryCodes(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	tok := access(s.want(200, "POST", "/signup", "", ann))
	s.refused("mfa_factor_not_found", 404, "POST", "/factors/recovery-codes", tok, "")
	id, _, second := s.enrolled(tok, "app")
	old := s.want(200, "POST", "/factors/recovery-codes", second, "")["codes"].([]any)
	codes := s.want(200, "POST", "/factors/recovery-codes", second, "")["codes"].([]any)
	if len(codes) != 10 || len(text(codes[0])) != 11 {
		t.Fatalf("codes = %v", codes)
	}
	weak := access(s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`))
	got := s.show(weak, id, strings.ToUpper(text(codes[3])))
	if aal, methods := s.level(access(got)); aal != "aal2" || methods[0] != "recovery_code" {
		t.Errorf("token = %s %v", aal, methods)
	}
	for _, code := range []any{codes[3], old[0], "aaaaa-aaaaa"} {
		if st, out := s.call("POST", "/factors/"+id+"/verify", weak, `{"challenge_id":"`+s.challenged(weak, id)+`","code":"`+text(code)+`"}`); st != 422 {
			t.Errorf("%v: %d %v", code, st, out)
		}
	}
	if left := s.want(200, "GET", "/factors/recovery-codes", weak, "")["remaining"]; left != 9.0 {
		t.Errorf("%v are left", left)
	}
	// An administrator takes the factor away, and the codes with it.
	u := got["user"].(object)["id"].(string)
	s.want(200, "PUT", "/admin/users/"+u+"/factors/"+id, s.service(), `{"friendly_name":"lost"}`)
	if f := s.want(200, "DELETE", "/admin/users/"+u+"/factors/"+id, s.service(), ""); f["id"] != id || f["friendly_name"] != "lost" {
		t.Errorf("factor = %v", f)
	}
	s.refused("mfa_factor_not_found", 404, "DELETE", "/admin/users/"+u+"/factors/"+id, s.service(), "")
	if left := s.want(200, "GET", "/factors/recovery-codes", weak, "")["remaining"]; left != 0.0 {
		t.Errorf("%v are left", left)
	}
}

func TestPhonesAsFactors(t *testing.T) {
	t.Parallel()
	s := withPhones(t, func(c *auth.Config, _ *sms.Config) {
		c.MFA.PhoneEnroll, c.MFA.PhoneVerify, c.MFA.PhoneFrequency = true, true, 10*time.Second
	})
	tok := access(s.confirmed("ann@example.com"))
	f := s.want(200, "POST", "/factors", tok, `{"factor_type":"phone","phone":"+49 170 1234567"}`)
	if f["phone"] != "491701234567" || f["totp"] != nil {
		t.Errorf("factor = %v", f)
	}
	id := f["id"].(string)
	ch := s.challenged(tok, id)
	s.refused("over_sms_send_rate_limit", 429, "POST", "/factors/"+id+"/challenge", tok, `{}`)
	code := s.message("491701234567")
	// The code is for the factor, and opens no session.
	s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"sms","phone":"+491701234567","token":"`+code+`"}`)
	s.refused("mfa_verification_failed", 422, "POST", "/factors/"+id+"/verify", tok, `{"challenge_id":"`+ch+`","code":"1"}`)
	got := s.want(200, "POST", "/factors/"+id+"/verify", tok, `{"challenge_id":"`+ch+`","code":"`+code+`"}`)
	if aal, methods := s.level(access(got)); aal != "aal2" || strings.Join(methods, " ") != "mfa/phone otp" {
		t.Errorf("token = %s %v", aal, methods)
	}
	s.refused("mfa_verified_factor_exists", 422, "POST", "/factors", access(got), `{"factor_type":"phone","phone":"+491701234567"}`)
	if n := s.count("select count(*) from auth.users where phone is not null"); n != 0 {
		t.Error("the factor became a way in")
	}
}
