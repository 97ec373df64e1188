package mail

import (
	"context"
	"errors"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/job"
)

// Kind is the name of the post's jobs.
const Kind = "mail"

// Letter is what a room sends.
type Letter struct {
	To       string
	Template string
	Vars     Vars
	Life     time.Duration // after which it is of no use; 0 for a day
	// Nobody has the address: the letter counts and is written as another, so that the time
	// that it takes tells nobody, but it is not sent, and the Inbox does not show it.
	Nobody bool
}

// nobody is the template of the rows of letters that nobody gets.
const nobody = "nobody"

// envelope is a job's arguments; To is "" where nobody gets the letter.
type envelope struct {
	ID      string    `json:"id"`
	To      string    `json:"to"`
	Subject string    `json:"subject"`
	Body    string    `json:"body"`
	Until   time.Time `json:"until"`
}

const (
	sqlRecent = `select count(*) filter (where address = $1), count(*) from plinth.letters where created_at > now() - interval '1 hour'`
	sqlLock   = `select 1 from plinth.counters where name = 'letters' for update`
	sqlInsert = `insert into plinth.letters (address, template, subject, body, sent_at) values ($1, $2, $3::text, $4::text, case when $5::boolean then now() end) returning id`
	sqlSent   = `update plinth.letters set sent_at = now() where id = $1`
	sqlForget = `delete from plinth.letters where created_at < now() - interval '2 days'`
)

// Send writes a letter in tx and returns its id. Its faults are ErrTooMany and
// ErrTemplate.
func (s *Service) Send(ctx context.Context, tx *db.Tx, l Letter) (string, error) {
	tx = tx.As(db.Owner)
	f, ok := s.forms[l.Template]
	if !ok {
		return "", ErrTemplate.WithDetail(l.Template)
	}
	subject, body, err := f.fill(l.Vars)
	if err != nil {
		return "", ErrTemplate.WithCause(err)
	}
	to := strings.ToLower(l.To)
	if err := s.room(ctx, tx, to); err != nil {
		return "", err
	}
	if l.Nobody {
		l.Template = nobody
	}
	if s.cfg.SMTP == nil {
		if l.Nobody {
			return scalar(ctx, tx, sqlInsert, to, nobody, nil, nil, true)
		}
		return scalar(ctx, tx, sqlInsert, to, l.Template, subject, body, true)
	}
	id, err := scalar(ctx, tx, sqlInsert, to, l.Template, nil, nil, false)
	if err != nil {
		return "", err
	}
	if l.Life == 0 {
		l.Life = 24 * time.Hour
	}
	e := envelope{ID: id, To: to, Subject: subject, Body: body, Until: time.Now().Add(l.Life)}
	if l.Nobody {
		e.To = ""
	}
	return id, job.Enqueue(ctx, tx, job.Job{Kind: Kind, Args: e, Key: id, Priority: job.High})
}

// room refuses a letter over the hour's bounds.
func (s *Service) room(ctx context.Context, tx *db.Tx, to string) error {
	if s.cfg.PerAddress == 0 && s.cfg.PerHour == 0 {
		return nil
	}
	if _, err := tx.Exec(ctx, sqlLock); err != nil {
		return err
	}
	rows, err := tx.Query(ctx, sqlRecent, to)
	if err != nil {
		return err
	}
	var own, all int
	if rows.Next() {
		own, all = int(rows.Value(0).I), int(rows.Value(1).I)
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	if s.cfg.PerAddress > 0 && own >= s.cfg.PerAddress || s.cfg.PerHour > 0 && all >= s.cfg.PerHour {
		return ErrTooMany
	}
	return nil
}

func scalar(ctx context.Context, tx *db.Tx, sql string, args ...any) (string, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return "", err
	}
	out := ""
	if rows.Next() {
		out = rows.Value(0).S
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Job is the post's entry in a queue.
func (s *Service) Job() job.Kind {
	return job.Kind{Handle: s.deliver, Timeout: s.cfg.Timeout + 5*time.Second}
}

// deliver hands one letter to the server. What the server refuses for good is dead.
func (s *Service) deliver(ctx context.Context, r *job.Run) error {
	var e envelope
	if err := r.Args(&e); err != nil {
		return err
	}
	if e.To == "" {
		return nil
	}
	if time.Now().After(e.Until) {
		return job.Discard(errors.New("the letter was not taken while it was of use"))
	}
	if s.cfg.SMTP == nil {
		return errors.New("no SMTP server is configured any more")
	}
	m, err := s.message(e)
	if err != nil {
		return job.Discard(err)
	}
	c, err := s.client()
	if err != nil {
		return err
	}
	if err := c.DialAndSendWithContext(ctx, m); err != nil && !handedOver(err) {
		return classify(err)
	}
	_, err = s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlSent, e.ID); err != nil {
			return err
		}
		return r.Finish(ctx, tx)
	})
	return err
}

// handedOver reports an error that came after the server had taken the letter: the
// goodbye failed.
func handedOver(err error) bool {
	var se *gomail.SendError
	return errors.As(err, &se) && se.Reason == gomail.ErrSMTPReset
}

// classify makes a refusal for good final.
func classify(err error) error {
	var se *gomail.SendError
	if errors.As(err, &se) && se.ErrorCode() >= 550 && se.ErrorCode() < 560 {
		return job.Discard(err)
	}
	return err
}

func (s *Service) message(e envelope) (*gomail.Msg, error) {
	m := gomail.NewMsg()
	from := m.From(s.cfg.From)
	if s.cfg.FromName != "" {
		from = m.FromFormat(s.cfg.FromName, s.cfg.From)
	}
	if err := errors.Join(from, m.To(e.To)); err != nil {
		return nil, err
	}
	m.Subject(e.Subject)
	m.SetDate()
	_, domain, _ := strings.Cut(s.cfg.From, "@")
	m.SetMessageIDWithValue(e.ID + "@" + domain)
	m.SetBodyString(gomail.TypeTextHTML, e.Body)
	return m, nil
}

func (s *Service) client() (*gomail.Client, error) {
	c := s.cfg.SMTP
	opts := []gomail.Option{gomail.WithPort(c.Port), gomail.WithTimeout(s.cfg.Timeout), gomail.WithoutNoop()}
	switch {
	case c.Plain:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSOpportunistic))
	case c.Port == 465:
		opts = append(opts, gomail.WithSSL())
	default:
		opts = append(opts, gomail.WithTLSPolicy(gomail.TLSMandatory))
	}
	if c.TLS != nil {
		opts = append(opts, gomail.WithTLSConfig(c.TLS))
	}
	if c.User != "" {
		opts = append(opts, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(c.User), gomail.WithPassword(string(c.Password)))
	}
	return gomail.NewClient(c.Host, opts...)
}

// Sweep forgets letters of days ago; the roof schedules it.
func (s *Service) Sweep() job.Kind {
	return job.Kind{Handle: func(ctx context.Context, _ *job.Run) error {
		_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
			_, err := tx.Exec(ctx, sqlForget)
			return err
		})
		return err
	}}
}
