package server

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/privacy"
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

// letters builds what sends: letters, messages, hooks. Without an SMTP server letters stay in the inbox, where a developer reads them.
func (s *Server) letters() (err error) {
	cfg := mail.Default()
	cfg.DB, cfg.Log = s.db, s.log
	cfg.PerHour = s.cfg.Project.Config.Auth.RateLimit.EmailSent
	if cfg.Templates, err = s.templates(); err != nil {
		return err
	}
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
	return s.texts()
}

// templates are the project's own letters, read from its files. Their paths are
// relative to the folder around supabase, as Supabase has it, or to supabase itself.
func (s *Server) templates() (map[string]mail.Template, error) {
	out := map[string]mail.Template{}
	for name, t := range s.cfg.Project.Config.Auth.Email.Template {
		body := t.Content
		if t.ContentPath != "" {
			text, err := os.ReadFile(filepath.Join(s.cfg.Project.Dir, "..", t.ContentPath))
			if errors.Is(err, fs.ErrNotExist) {
				text, err = os.ReadFile(filepath.Join(s.cfg.Project.Dir, t.ContentPath))
			}
			if err != nil {
				return nil, fmt.Errorf("auth.email.template.%s: %w", name, err)
			}
			body = string(text)
		}
		out[name] = mail.Template{Subject: t.Subject, Body: body}
	}
	return out, nil
}

// startQueue builds the queue with all kinds of jobs, and their schedules.
func (s *Server) startQueue(data *rest.Service, signin *auth.Service) (err error) {
	queue := job.Default()
	queue.DB, queue.Log = s.db, s.log
	queue.Kinds = map[string]job.Kind{
		mail.Kind: s.post.Job(), sms.Kind: s.phones.Job(), hook.Kind: s.hooks.Job(), privacy.Kind: s.privacy.Job(), "mail.sweep": s.post.Sweep(), "rest.sweep": data.Sweep(),
		"auth.sweep": {Handle: func(ctx context.Context, _ *job.Run) error { return signin.Sweep(ctx) }},
	}
	for name, spec := range map[string]string{"mail.sweep": "17 3 * * *", "auth.sweep": "27 3 * * *", "rest.sweep": "41 * * * *"} {
		queue.Schedules = append(queue.Schedules, job.Schedule{Name: name, Spec: spec, Job: job.Job{Kind: name, Priority: job.Low}})
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
			if m.Nobody {
				return s.hooks.Feign(ctx, tx, hook.SendSMS)
			}
			return s.hooks.Send(ctx, tx, hook.SendSMS, map[string]any{"user": m.User, "sms": map[string]any{"otp": m.Code, "phone": m.To, "channel": m.Channel}})
		}
	}
	if cfg.Sender == nil && cfg.Hook == nil && !s.cfg.Dev && (a.SMS.EnableSignup || a.MFA.Phone.Enroll) {
		return errors.New("config.toml: phones are switched on, but no sender of messages is: enable one of auth.hook.send_sms, auth.sms.twilio, twilio_verify, messagebird, textlocal, vonage")
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
	case c.Textlocal.Enabled:
		return &sms.Account{Name: "textlocal", Secret: token.Secret(c.Textlocal.APIKey), From: c.Textlocal.Sender}
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
