package auth_test

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/mail"
)

// tape is a driver that notes which kinds of statements run, in which transactions.
type tape struct {
	db.Driver
	mu   sync.Mutex
	said []string
}

var statement = regexp.MustCompile(`(?is)^\s*(?:(select)\b.*?\bfrom|(insert) into|(update)|(delete) from)\s+([a-z_.]+)`)

func (d *tape) note(sql string) {
	kind := sql
	if m := statement.FindStringSubmatch(sql); m != nil {
		kind = "write "
		if m[1] != "" {
			kind = "read "
		}
		kind += m[5]
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.said = append(d.said, kind)
}

func (d *tape) take() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	out := d.said
	d.said = nil
	return out
}

func (d *tape) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	d.note(sql)
	return d.Driver.Query(ctx, s, sql, args)
}

func (d *tape) Read(ctx context.Context, fn func(db.Conn) error) error {
	d.note("begin to read")
	return d.Driver.Read(ctx, func(c db.Conn) error { return fn(taped{c, d}) })
}

func (d *tape) Write(ctx context.Context, fn func(db.Conn) error) (db.Mark, error) {
	d.note("begin to write")
	return d.Driver.Write(ctx, func(c db.Conn) error { return fn(taped{c, d}) })
}

type taped struct {
	db.Conn
	d *tape
}

func (c taped) Query(ctx context.Context, s *db.Session, sql string, args []any) (db.Cursor, error) {
	c.d.note(sql)
	return c.Conn.Query(ctx, s, sql, args)
}

// senders are the ways in which letters and messages go out.
var senders = map[string]func(*testing.T, *auth.Config, *sms.Config){
	"inbox": func(*testing.T, *auth.Config, *sms.Config) {},
	"server": func(t *testing.T, c *auth.Config, m *sms.Config) {
		post := mail.Default()
		post.DB, post.Log, post.From = c.DB, slog.New(slog.DiscardHandler), "app@example.com"
		post.SMTP = &mail.SMTP{Host: "127.0.0.1", Port: 1, Plain: true}
		post.PerHour, post.PerAddress = 1000, 1000
		var err error
		if c.Mail, err = mail.New(post); err != nil {
			t.Fatal(err)
		}
		m.Sender = &sms.Account{Name: "messagebird", Secret: "s", From: "app"}
		m.PerHour, m.PerPrefix = 1000, 1000
	},
	"hook": func(t *testing.T, c *auth.Config, m *sms.Config) {
		to := hook.Target{URI: "https://hooks.example.com/x", Secrets: "v1,whsec_c2VjcmV0IHNlY3JldCBzZWNyZXQgc2VjcmV0"}
		withHooks(map[string]hook.Target{hook.SendEmail: to, hook.SendSMS: to})(c)
		hooks := c.Hooks
		m.Hook = func(ctx context.Context, tx *db.Tx, msg sms.Message) error {
			if msg.Nobody {
				return hooks.Feign(ctx, tx, hook.SendSMS)
			}
			return hooks.Send(ctx, tx, hook.SendSMS, object{"user": msg.User})
		}
	},
}

// TestNobodyLearnsFromTheTime: what is done for an address is the same whether nobody has
// it, or somebody whose account is in whatever state: the same statements in the same
// transactions, a write for a write, and as many hashes. No clock is asked.
func TestNobodyLearnsFromTheTime(t *testing.T) {
	t.Parallel()
	for by, set := range senders {
		t.Run(by, func(t *testing.T) {
			t.Parallel()
			d := &tape{}
			var hash *password.Hasher
			s := openOn(t, func(ctx context.Context, t testing.TB) (db.Driver, error) {
				drv, err := driver(ctx, t)
				d.Driver = drv
				return d, err
			}, func(c *auth.Config) {
				hash = c.Hash
				letters(t, c)
				phones(t, c, func(c *auth.Config, m *sms.Config) { set(t, c, m) })
			})
			known := s.people()
			for _, ask := range []string{
				`/recover {"email":"%"}`, `/recover {"email":"%","code_challenge":"` + strings.Repeat("c", 43) + `","code_challenge_method":"s256"}`,
				`/otp {"email":"%"}`, `/magiclink {"email":"%"}`, `/otp {"phone":"%"}`,
				`/resend {"type":"signup","email":"%"}`, `/resend {"type":"email_change","email":"%"}`, `/resend {"type":"sms","phone":"%"}`,
				`/token?grant_type=password {"email":"%","password":"wrong horse"}`, `/token?grant_type=password {"phone":"%","password":"wrong horse"}`,
				`/signup {"email":"%","password":"correct horse"}`, `/signup {"phone":"%","password":"correct horse"}`,
				`/verify {"type":"email","email":"%","token":"000000"}`, `/verify {"type":"sms","phone":"%","token":"000000"}`,
			} {
				work := func(of string) string {
					path, body, _ := strings.Cut(strings.Replace(ask, "%", of, 1), " ")
					before := hash.Asked()
					d.take()
					code, _ := s.call("POST", path, "", body)
					return fmt.Sprintf("%d, %d hashes, %s", code, hash.Asked()-before, strings.Join(d.take(), "; "))
				}
				if strings.HasPrefix(ask, "/token") && by != "inbox" {
					continue // it sends nothing, and hashes are slow
				}
				nobody, list := "nobody@example.com", known["email"]
				if strings.Contains(ask, `"phone":"%"`) {
					nobody, list = "447700900999", known["phone"]
				}
				want := work(nobody)
				s.script(`delete from auth.users where email = 'nobody@example.com' or phone = '447700900999'`)
				if strings.Count(want, ";") < 2 {
					t.Errorf("%s does nothing: %s", ask, want)
				}
				for _, of := range list {
					if got := work(of); got != want {
						t.Errorf("%s, of %s:\n%s\nand of nobody:\n%s", ask, of, got, want)
					}
				}
			}
		})
	}
}

// people are accounts in all states, by address and by number.
func (s *house) people() map[string][]string {
	s.t.Helper()
	out := map[string][]string{"email": {}, "phone": {}}
	s.want(200, "POST", "/signup", "", `{"email":"first@example.com","password":"correct horse"}`)
	for i, state := range []string{
		`email_confirmed_at = null, phone_confirmed_at = null`, // it waits for its first letter
		`email_confirmed_at = now(), phone_confirmed_at = now()`,
		`email_confirmed_at = now(), phone_confirmed_at = now(), encrypted_password = null`,
		`email_confirmed_at = now(), phone_confirmed_at = now(), banned_until = now() + interval '1 day'`,
		`email_confirmed_at = now(), phone_confirmed_at = now(), email_change = 'other@example.com', phone_change = '447700900998'`,
	} {
		email, number := fmt.Sprintf("known%d@example.com", i), fmt.Sprintf("44770090010%d", i)
		s.want(200, "POST", "/otp", "", `{"email":"`+email+`"}`)
		s.want(200, "POST", "/otp", "", `{"phone":"`+number+`"}`)
		s.script(fmt.Sprintf(`update auth.users set encrypted_password = (select encrypted_password from auth.users f where f.email = 'first@example.com') where email = '%s' or phone = '%s'`, email, number))
		s.script(fmt.Sprintf(`update auth.users set %s where email = '%s' or phone = '%s'`, strings.Replace(state, "email_change = 'other", fmt.Sprintf("email_change = 'other%d", i), 1), email, number))
		out["email"], out["phone"] = append(out["email"], email), append(out["phone"], number)
	}
	// The last of each has a second factor.
	s.script(`insert into auth.mfa_factors (id, user_id, factor_type, status, created_at, updated_at)
 select gen_random_uuid(), id, 'totp', 'verified', now(), now() from auth.users where email_change like 'other%' or phone_change = '447700900998'`)
	slices.Sort(out["email"])
	return out
}
