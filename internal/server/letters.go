package server

import (
	"net"
	"net/http"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/job"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/rest"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// letters builds the post, and the queue that carries it and cleans up. Without an SMTP server
// letters stay in the inbox, where a developer reads them.
func (s *Server) letters(data *rest.Service) (err error) {
	cfg := mail.Default()
	cfg.DB, cfg.Log = s.db, s.log
	if smtp := s.cfg.Project.Config.Auth.Email.SMTP; smtp.Enabled {
		cfg.SMTP = &mail.SMTP{Host: smtp.Host, Port: smtp.Port, User: smtp.User, Password: token.Secret(smtp.Pass)}
		cfg.From, cfg.FromName = smtp.AdminEmail, smtp.SenderName
	}
	if s.post, err = mail.New(cfg); err != nil {
		return err
	}
	queue := job.Default()
	queue.DB, queue.Log = s.db, s.log
	queue.Kinds = map[string]job.Kind{mail.Kind: s.post.Job(), "mail.sweep": s.post.Sweep(), "rest.sweep": data.Sweep()}
	queue.Schedules = []job.Schedule{
		{Name: "mail.sweep", Spec: "17 3 * * *", Job: job.Job{Kind: "mail.sweep", Priority: job.Low}},
		{Name: "rest.sweep", Spec: "41 * * * *", Job: job.Job{Kind: "rest.sweep", Priority: job.Low}},
	}
	s.queue, err = job.New(queue)
	return err
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
