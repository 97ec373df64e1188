package server

import (
	"context"
	"errors"
	"net"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// letters builds the post, and the queue that carries it and cleans up. Without an SMTP server
// letters stay in the inbox, where a developer reads them.
func (s *Server) letters(data *rest.Service) (err error) {
	cfg := mail.Default()
	cfg.DB, cfg.Log = s.db, s.log
	cfg.PerHour = s.cfg.Project.Config.Auth.RateLimit.EmailSent
	if smtp := s.cfg.Project.Config.Auth.Email.SMTP; smtp.Enabled {
		cfg.SMTP = &mail.SMTP{Host: smtp.Host, Port: smtp.Port, User: smtp.User, Password: token.Secret(smtp.Pass)}
		cfg.From, cfg.FromName = smtp.AdminEmail, smtp.SenderName
	}
	if s.post, err = mail.New(cfg); err != nil {
		return err
	}
	if s.hooks, err = hook.New(hook.Config{DB: s.db, Log: s.log, Targets: targets(s.cfg.Project.Config.Auth.Hook)}); err != nil {
		return err
	}
	if err := s.texts(); err != nil {
		return err
	}
	queue := job.Default()
	queue.DB, queue.Log = s.db, s.log
	queue.Kinds = map[string]job.Kind{mail.Kind: s.post.Job(), sms.Kind: s.phones.Job(), hook.Kind: s.hooks.Job(), "mail.sweep": s.post.Sweep(), "rest.sweep": data.Sweep()}
	queue.Schedules = []job.Schedule{
		{Name: "mail.sweep", Spec: "17 3 * * *", Job: job.Job{Kind: "mail.sweep", Priority: job.Low}},
		{Name: "rest.sweep", Spec: "41 * * * *", Job: job.Job{Kind: "rest.sweep", Priority: job.Low}},
	}
	s.queue, err = job.New(queue)
	return err
}

// texts builds what sends messages to phones. Without a sender they stay in the inbox,
// which is enough for development alone.
func (s *Server) texts() (err error) {
	a, more := s.cfg.Project.Config.Auth, s.cfg.Project.Config.Plinth.Auth
	cfg := sms.Config{
		DB: s.db, Keep: s.post.Keep, Sender: sender(a.SMS),
		PerHour: a.RateLimit.SMSSent, PerDay: more.SMSPerDay, PerPrefix: more.SMSPerPrefix,
	}
	for _, c := range more.SMSCountries {
		cfg.Countries = append(cfg.Countries, strings.TrimPrefix(c, "+"))
	}
	if s.hooks.Has(hook.SendSMS) {
		cfg.Hook = func(ctx context.Context, tx *db.Tx, m sms.Message) error {
			return s.hooks.Send(ctx, tx, hook.SendSMS, map[string]any{"user": m.User, "sms": map[string]any{"otp": m.Code, "phone": m.To, "channel": m.Channel}})
		}
	}
	if cfg.Sender == nil && cfg.Hook == nil && !s.cfg.Dev && (a.SMS.EnableSignup || a.MFA.Phone.Enroll) {
		return errors.New("config.toml: phones are switched on, but no sender of messages is: enable one of auth.hook.send_sms, auth.sms.twilio, twilio_verify, messagebird, vonage")
	}
	s.phones, err = sms.New(cfg)
	return err
}

// targets are the hooks that the project has switched on.
func targets(all map[string]project.Hook) map[string]hook.Target {
	out := map[string]hook.Target{}
	for name, h := range all {
		if h.Enabled {
			out[name] = hook.Target{URI: h.URI, Secrets: token.Secret(h.Secrets)}
		}
	}
	return out
}

// sender is the account that the project has switched on, in the common form.
func sender(c project.AuthSMS) *sms.Account {
	switch {
	case c.Twilio.Enabled:
		return &sms.Account{Name: "twilio", Key: c.Twilio.AccountSID, Secret: token.Secret(c.Twilio.AuthToken), From: c.Twilio.MessageServiceSID}
	case c.TwilioVerify.Enabled:
		return &sms.Account{Name: "twilio_verify", Key: c.TwilioVerify.AccountSID, Secret: token.Secret(c.TwilioVerify.AuthToken), From: c.TwilioVerify.MessageServiceSID}
	case c.MessageBird.Enabled:
		return &sms.Account{Name: "messagebird", Secret: token.Secret(c.MessageBird.AccessKey), From: c.MessageBird.Originator}
	case c.Vonage.Enabled:
		return &sms.Account{Name: "vonage", Key: c.Vonage.APIKey, Secret: token.Secret(c.Vonage.APISecret), From: c.Vonage.From}
	}
	return nil
}

var errInbox = fault.New(fault.Forbidden, "inbox_closed", "the inbox is for a developer on this machine")

// inbox shows the letters of a development server. It shows every code, so it is for
// callers on this machine who ask for it by a name of this machine: a page elsewhere
// that points its own name here learns nothing.
func (s *Server) inbox() http.Handler {
	shown := http.StripPrefix("/mail", s.post.Inbox())
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !fromLoopback(r) || !localName(r.Host) {
			wire.Problem{}.Answer(w, r, errInbox)
			return
		}
		shown.ServeHTTP(w, r)
	})
}

func localName(host string) bool {
	if h, _, err := net.SplitHostPort(host); err == nil {
		host = h
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
