package auth_test

import (
	"context"
	"regexp"
	"sync"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
)

// withPhones is a room that sends messages, which stay in the inbox.
func withPhones(t *testing.T, change func(*auth.Config, *sms.Config)) *house {
	t.Helper()
	return withMail(t, func(c *auth.Config) { phones(t, c, change) })
}

func phones(t *testing.T, c *auth.Config, change func(*auth.Config, *sms.Config)) {
	t.Helper()
	texts := sms.Config{DB: c.DB, Keep: c.Mail.Keep}
	c.PhoneSignup, c.SMSFrequency = true, 0
	if change != nil {
		change(c, &texts)
	}
	var err error
	if c.SMS, err = sms.New(texts); err != nil {
		t.Fatal(err)
	}
}

// message returns the code of the last message to a number.
func (s *house) message(to string) string {
	s.t.Helper()
	rows, err := s.db.Query(context.Background(), db.Owner, `select body from plinth.letters where address = $1 and template = 'sms' order by created_at desc, id desc limit 1`, to)
	if err != nil {
		s.t.Fatal(err)
	}
	defer rows.Close()
	if !rows.Next() {
		s.t.Fatalf("no message to %s", to)
	}
	m := regexp.MustCompile(`^Your code is (\d{6})$`).FindStringSubmatch(rows.Value(0).S)
	if m == nil {
		s.t.Fatalf("message = %q", rows.Value(0).S)
	}
	return m[1]
}

func TestPhoneSignUp(t *testing.T) {
	t.Parallel()
	s := withPhones(t, nil)
	const up = `{"phone":"+49 170 1234567","password":"correct horse","data":{"name":"Ann"}}`
	u := s.want(200, "POST", "/signup", "", up)
	if u["access_token"] != nil || u["phone"] != "491701234567" || u["phone_confirmed_at"] != nil || u["app_metadata"].(object)["provider"] != "phone" {
		t.Errorf("signup = %v", u)
	}
	s.refused("phone_not_confirmed", 400, "POST", "/token?grant_type=password", "", `{"phone":"491701234567","password":"correct horse"}`)
	s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"sms","phone":"+491701234567","token":"000000x"}`)
	code := s.message("491701234567")
	got := s.want(200, "POST", "/verify", "", `{"type":"sms","phone":"+491701234567","token":"`+code+`"}`)
	u = got["user"].(object)
	if u["phone_confirmed_at"] == nil || len(u["identities"].([]any)) != 1 || u["identities"].([]any)[0].(object)["identity_data"].(object)["phone_verified"] != true {
		t.Errorf("user = %v", u)
	}
	s.want(200, "POST", "/token?grant_type=password", "", `{"phone":"+491701234567","password":"correct horse"}`)
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", `{"phone":"+491701234567","password":"wrong horse"}`)
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", `{"phone":"+491709999999","password":"wrong horse"}`)
	// A stranger does not learn that the number is taken.
	if fake := s.want(200, "POST", "/signup", "", up); fake["id"] == u["id"] || fake["phone"] != "491701234567" {
		t.Errorf("a second sign-up = %v", fake)
	}
	for _, bad := range []string{"+0170123", "12", "+49170123456789012", "+49abc12345"} {
		s.refused("validation_failed", 400, "POST", "/signup", "", `{"phone":"`+bad+`","password":"correct horse"}`)
	}
	s.refused("validation_failed", 400, "POST", "/signup", "", `{"phone":"+491701234568","email":"a@b.co","password":"correct horse"}`)
	s.refused("validation_failed", 400, "POST", "/signup", "", `{"phone":"+491701234568","password":"correct horse","channel":"pigeon"}`)
	off := withPhones(t, func(c *auth.Config, _ *sms.Config) { c.PhoneSignup = false })
	off.refused("phone_provider_disabled", 400, "POST", "/signup", "", up)
	off.refused("phone_provider_disabled", 400, "POST", "/otp", "", up)
}

func TestPhoneOTP(t *testing.T) {
	t.Parallel()
	s := withPhones(t, func(c *auth.Config, _ *sms.Config) {
		c.SMSFrequency, c.TestOTP = 5*time.Second, map[string]string{"15550100": "424242"}
	})
	s.want(200, "POST", "/otp", "", `{"phone":"+491701234567","data":{"name":"Ann"}}`)
	s.refused("over_sms_send_rate_limit", 429, "POST", "/otp", "", `{"phone":"+491701234567"}`)
	s.refused("otp_disabled", 422, "POST", "/otp", "", `{"phone":"+491701234599","create_user":false}`)
	got := s.want(200, "POST", "/verify", "", `{"type":"sms","phone":"+491701234567","token":"`+s.message("491701234567")+`"}`)
	if got["user"].(object)["user_metadata"].(object)["name"] != "Ann" {
		t.Errorf("user = %v", got["user"])
	}
	// A number for tests has its own code, and nothing is sent.
	s.want(200, "POST", "/otp", "", `{"phone":"+1 555 0100"}`)
	s.want(200, "POST", "/verify", "", `{"type":"sms","phone":"15550100","token":"424242"}`)
	if n := s.count("select count(*) from plinth.letters"); n != 1 {
		t.Errorf("%d messages", n)
	}
	// Somebody signs up with another's number; its owner's code ends the password.
	s.want(200, "POST", "/signup", "", `{"phone":"+491701234000","password":"a stranger's"}`)
	s.now = s.now.Add(time.Minute)
	s.want(200, "POST", "/otp", "", `{"phone":"+491701234000"}`)
	s.want(200, "POST", "/verify", "", `{"type":"sms","phone":"+491701234000","token":"`+s.message("491701234000")+`"}`)
	s.refused("invalid_credentials", 400, "POST", "/token?grant_type=password", "", `{"phone":"+491701234000","password":"a stranger's"}`)
	// Guesses are counted.
	s.now = s.now.Add(time.Minute)
	s.want(200, "POST", "/otp", "", `{"phone":"+491701234000"}`)
	good := s.message("491701234000")
	for range 5 {
		s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"sms","phone":"+491701234000","token":"00000"}`)
	}
	s.refused("otp_expired", 403, "POST", "/verify", "", `{"type":"sms","phone":"+491701234000","token":"`+good+`"}`)
	s.now = s.now.Add(time.Minute)
	s.want(200, "POST", "/resend", "", `{"type":"sms","phone":"+491701230000"}`)
	s.refused("validation_failed", 400, "POST", "/resend", "", `{"type":"signup","phone":"+491701230000"}`)
}

func TestChangeOfPhone(t *testing.T) {
	t.Parallel()
	s := withPhones(t, nil)
	tok := access(s.confirmed("ann@example.com"))
	u := s.want(200, "PUT", "/user", tok, `{"phone":"+491701234567"}`)
	if u["phone"] != "" || u["new_phone"] != "491701234567" || u["phone_change_sent_at"] == nil {
		t.Errorf("user = %v", u)
	}
	s.want(200, "POST", "/resend", tok, `{"type":"phone_change","phone":"+491701234567"}`)
	got := s.want(200, "POST", "/verify", "", `{"type":"phone_change","phone":"+491701234567","token":"`+s.message("491701234567")+`"}`)
	u = got["user"].(object)
	if u["phone"] != "491701234567" || u["new_phone"] != nil || len(u["identities"].([]any)) != 2 || len(u["app_metadata"].(object)["providers"].([]any)) != 2 {
		t.Errorf("user = %v", u)
	}
	other := access(s.confirmed("bob@example.com"))
	s.refused("phone_exists", 422, "PUT", "/user", other, `{"phone":"+491701234567"}`)
	// Two ask for one number; the first who answers has it.
	third := access(s.confirmed("carl@example.com"))
	s.want(200, "PUT", "/user", other, `{"phone":"+491701234568"}`)
	one := s.message("491701234568")
	s.want(200, "PUT", "/user", third, `{"phone":"+491701234568"}`)
	s.want(200, "POST", "/verify", "", `{"type":"phone_change","phone":"+491701234568","token":"`+s.message("491701234568")+`"}`)
	if code, got := s.call("POST", "/verify", "", `{"type":"phone_change","phone":"+491701234568","token":"`+one+`"}`); code == 200 {
		t.Errorf("the second one has it: %v", got)
	}
	// An administrator makes both at once.
	made := s.want(200, "POST", "/admin/users", s.service(), `{"email":"dora@example.com","phone":"+491701239999","password":"correct horse","email_confirm":true,"phone_confirm":true}`)
	if made["phone_confirmed_at"] == nil || made["email_confirmed_at"] == nil || len(made["identities"].([]any)) != 2 {
		t.Errorf("made = %v", made)
	}
	s.refused("phone_exists", 422, "POST", "/admin/users", s.service(), `{"phone":"+491701239999"}`)
	s.want(200, "POST", "/token?grant_type=password", "", `{"phone":"+491701239999","password":"correct horse"}`)
}

// The bounds on messages hold exactly, however many ask at once.
func TestMessagesAreBounded(t *testing.T) {
	t.Parallel()
	s := withPhones(t, func(_ *auth.Config, c *sms.Config) { c.PerPrefix, c.Countries = 3, []string{"49"} })
	var wg sync.WaitGroup
	for _, last := range []string{"0", "1", "2", "3", "4", "5", "6", "7"} {
		wg.Go(func() { s.call("POST", "/otp", "", `{"phone":"+4917012345`+last+`0"}`) })
	}
	wg.Wait()
	if n := s.count("select count(*) from plinth.letters"); n != 3 {
		t.Errorf("%d messages, want 3", n)
	}
	s.refused("over_sms_send_rate_limit", 429, "POST", "/otp", "", `{"phone":"+491701234590"}`)
	s.refused("sms_send_failed", 400, "POST", "/otp", "", `{"phone":"+447700900123"}`)
}
