package auth_test

import (
	"io"
	"io/fs"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/captcha"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/privacy"
	"github.com/plinth-dev/plinth/internal/auth/signing"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/token"
)

// rooms are the settings in which transcripts take place.
var rooms = map[string]func(*testing.T, *auth.Config, *sms.Config){
	"open": func(*testing.T, *auth.Config, *sms.Config) {},
	"closed": func(_ *testing.T, c *auth.Config, _ *sms.Config) {
		c.EmailSignup, c.PhoneSignup, c.Anonymous, c.ManualLinking, c.Mail = false, false, false, false, nil
		c.MFA.TOTPEnroll, c.MFA.PhoneEnroll = false, false
	},
	"without sign-up": func(_ *testing.T, c *auth.Config, _ *sms.Config) {
		c.Signup, c.MFA.TOTPVerify, c.MFA.PhoneVerify, c.MFA.MaxFactors = false, false, false, 2
	},
	"strict": func(t *testing.T, c *auth.Config, m *sms.Config) {
		c.Autoconfirm, c.SecureChange, c.Timebox = true, true, 30*time.Hour
		c.Limits.Anonymous, c.MaxFrequency, c.SMSFrequency = 1, time.Minute, time.Minute
		m.Countries = []string{"49"}
		keys := []byte(`[{"kty":"oct","kid":"own","alg":"HS256","k":"c3VwZXItc2VjcmV0LWp3dC10b2tlbi13aXRoLWF0LWxlYXN0LTMyLWNoYXJhY3RlcnM"}]`)
		var err error
		c.Keys, err = signing.Open(t.Context(), signing.Config{
			DB: c.DB, Log: c.Log, File: keys,
			OnChange: func(current *token.Key, others []*token.Key) error { return c.Ring.Replace(current, others...) },
		})
		if err != nil {
			t.Fatal(err)
		}
	},
	"little room for exports": func(t *testing.T, c *auth.Config, _ *sms.Config) {
		var err error
		if c.Privacy, err = privacy.New(privacy.Config{DB: c.DB, Log: c.Log, Now: time.Now, MaxBytes: 400}); err != nil {
			t.Fatal(err)
		}
	},
	"captcha": func(t *testing.T, c *auth.Config, _ *sms.Config) {
		var err error
		if c.Captcha, err = captcha.New("turnstile", "secret", nil); err != nil {
			t.Fatal(err)
		}
	},
	"hooks": func(_ *testing.T, c *auth.Config, _ *sms.Config) {
		withHooks(map[string]hook.Target{
			hook.BeforeUserCreated: sqlHook("creation_hook"), hook.FactorAttempt: sqlHook("attempt_hook"), hook.CustomAccessToken: sqlHook("odd_hook"),
		})(c)
	},
	"a silent hook": func(t *testing.T, c *auth.Config, _ *sms.Config) {
		silent := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			<-r.Context().Done()
		}))
		t.Cleanup(silent.Close)
		withHooks(map[string]hook.Target{hook.PasswordAttempt: {URI: silent.URL, Secrets: whsec}})(c)
	},
}

// oddHook answers what cannot be taken, to those who are called so.
const oddHook = `
create function public.odd_hook(event jsonb) returns jsonb language plpgsql stable as $$
begin
  if event -> 'claims' ->> 'email' like 'broken@%' then
    return '{"claims": {"role": "authenticated"}}'::jsonb;
  elsif event -> 'claims' ->> 'email' like 'huge@%' then
    return jsonb_build_object('claims', repeat('x', 300000));
  end if;
  return jsonb_build_object('claims', event -> 'claims');
end; $$;
`

// openTalk is a room in which everything is switched on but for what its kind says.
func openTalk(t *testing.T, old bool, kind string) *talk {
	t.Helper()
	change, ok := rooms[kind]
	if !ok {
		t.Fatalf("there is no room %q", kind)
	}
	iss := newIssuer(t)
	h := withPhones(t, func(c *auth.Config, m *sms.Config) {
		c.ManualLinking, c.MFA.PhoneEnroll, c.MFA.PhoneVerify = true, true, true
		c.Providers = []oauth.Client{{Name: "github", IDs: []string{"web"}, Secret: "s"}, {Name: "anybody", URL: iss.url, IDs: []string{"com.example.app"}}}
		change(t, c, m)
	})
	if kind == "hooks" {
		h.script(functions + oddHook)
	}
	return &talk{house: h, iss: iss, old: old, people: map[string]object{}, seen: map[string]string{}}
}

// TestEveryCodeHasATranscript compares the codes that the room and its sub-packages
// declare with the files.
func TestEveryCodeHasATranscript(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no transcripts", err)
	}
	told := map[string]bool{}
	for _, file := range files {
		for _, m := range regexp.MustCompile(`(?m)^< \d.*?(?:"code":"|error_code=)(\w+)`).FindAllStringSubmatch(read(t, file), -1) {
			told[m[1]] = true
		}
	}
	declared := map[string]bool{}
	err = filepath.WalkDir(".", func(path string, _ fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text := read(t, path)
		found := regexp.MustCompile(`fault\.New\(fault\.\w+,\s*("\w+"|mail\.ErrTooMany\.Code|sms\.ErrTooMany\.Code),`).FindAllStringSubmatch(text, -1)
		if n := strings.Count(text, "fault.New("); n != len(found) {
			t.Errorf("%s: %d codes of %d can be read", path, len(found), n)
		}
		for _, m := range found {
			code := strings.Trim(m[1], `"`)
			switch code {
			case "mail.ErrTooMany.Code":
				code = mail.ErrTooMany.Code
			case "sms.ErrTooMany.Code":
				code = sms.ErrTooMany.Code
			}
			declared[code] = true
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for code := range declared {
		if !told[code] {
			t.Errorf("%s is in no transcript", code)
		}
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
