package sms

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/job"
)

// Kind is the name of the jobs.
const Kind = "sms"

// Config of the sender.
type Config struct {
	DB     *db.DB
	Sender *Account // nil: messages are kept
	// Keep takes a message that no sender was there to take; an empty one to nobody.
	Keep func(ctx context.Context, tx *db.Tx, to, body string) error
	// Hook, where not nil, sends instead of the Sender, in the caller's transaction.
	Hook func(ctx context.Context, tx *db.Tx, m Message) error

	Countries []string // calling codes, digits alone, that get messages; empty for all
	PerHour   int      // messages in all; 0 for no bound, as below
	PerDay    int
	PerPrefix int          // an hour, to numbers that differ in the last four digits alone
	HTTP      *http.Client // nil for one that waits ten seconds
}

// Message is a code on its way.
type Message struct {
	To      string // digits of an international number
	Body    string
	Code    string
	Channel string // "sms" or "whatsapp"
	Life    time.Duration
	User    any // who it is for, for hooks
	// Nobody has the number: the message counts, and takes as long as another, but is not
	// sent.
	Nobody bool
}

// Service sends messages.
type Service struct {
	cfg Config
	row row
}

// Faults of Send and Check.
var (
	ErrTooMany = fault.New(fault.TooMany, "over_sms_send_rate_limit", "SMS rate limit exceeded")
	ErrCountry = fault.New(fault.Invalid, "sms_send_failed", "This project sends no messages to that country")
	ErrChannel = fault.New(fault.Invalid, "validation_failed", "Invalid channel, supported values are 'sms' or 'whatsapp'.")
	ErrAway    = fault.New(fault.Unavailable, "sms_send_failed", "The sender of messages does not answer")
)

// New returns a Service.
func New(cfg Config) (*Service, error) {
	if cfg.DB == nil || cfg.Keep == nil {
		return nil, errors.New("sms: DB and Keep must be set")
	}
	if cfg.HTTP == nil {
		cfg.HTTP = &http.Client{Timeout: 10 * time.Second}
	}
	for _, c := range cfg.Countries {
		if c == "" || strings.Trim(c, "0123456789") != "" {
			return nil, fmt.Errorf("sms: %q is no calling code", c)
		}
	}
	s := &Service{cfg: cfg}
	if cfg.Sender == nil {
		return s, nil
	}
	var err error
	s.row, err = cfg.Sender.row()
	return s, err
}

const (
	sqlLock   = `select 1 from auth.counters where name = 'sms' for update`
	sqlSweep  = `delete from auth.text_messages where created_at < now() - interval '25 hours'`
	sqlCounts = `select count(*), count(*) filter (where created_at > now() - interval '1 hour'),
 count(*) filter (where created_at > now() - interval '1 hour' and prefix = $1)
 from auth.text_messages where created_at > now() - interval '1 day'`
	sqlLog = `insert into auth.text_messages (prefix) values ($1)`
)

// Send puts m on its way in tx. Its faults are ErrTooMany, ErrCountry and ErrChannel.
func (s *Service) Send(ctx context.Context, tx *db.Tx, m Message) error {
	switch m.Channel {
	case "":
		m.Channel = "sms"
	case "sms", "whatsapp":
	default:
		return ErrChannel
	}
	tx = tx.As(db.Owner)
	if err := s.guard(ctx, tx, m.To); err != nil {
		return err
	}
	switch {
	case s.cfg.Hook != nil:
		return s.cfg.Hook(ctx, tx, m)
	case s.cfg.Sender == nil:
		if m.Nobody {
			m.Body = ""
		}
		return s.cfg.Keep(ctx, tx, m.To, m.Body)
	}
	e := envelope{To: m.To, Body: m.Body, Channel: m.Channel, Until: time.Now().Add(m.Life)}
	if m.Nobody {
		e.To = ""
	}
	return job.Enqueue(ctx, tx, job.Job{Kind: Kind, Args: e, Priority: job.High})
}

func (s *Service) guard(ctx context.Context, tx *db.Tx, to string) error {
	c := s.cfg
	if len(c.Countries) > 0 && !slices.ContainsFunc(c.Countries, func(code string) bool { return strings.HasPrefix(to, code) }) {
		return ErrCountry
	}
	prefix := to[:max(len(to)-4, 0)]
	for _, sql := range []string{sqlLock, sqlSweep} {
		if _, err := tx.Exec(ctx, sql); err != nil {
			return err
		}
	}
	rows, err := tx.Query(ctx, sqlCounts, prefix)
	if err != nil {
		return err
	}
	var day, hour, near int64
	if rows.Next() {
		day, hour, near = rows.Value(0).I, rows.Value(1).I, rows.Value(2).I
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil {
		return err
	}
	over := func(have int64, bound int) bool { return bound > 0 && have >= int64(bound) }
	if over(day, c.PerDay) || over(hour, c.PerHour) || over(near, c.PerPrefix) {
		return ErrTooMany
	}
	_, err = tx.Exec(ctx, sqlLog, prefix)
	return err
}

// envelope is a job's arguments; To is "" where nobody gets the message.
type envelope struct {
	To      string    `json:"to"`
	Body    string    `json:"body"`
	Channel string    `json:"channel"`
	Until   time.Time `json:"until"`
}

// Job is the sender's entry in a queue.
func (s *Service) Job() job.Kind {
	return job.Kind{Timeout: 20 * time.Second, Handle: func(ctx context.Context, r *job.Run) error {
		var e envelope
		if err := r.Args(&e); err != nil {
			return err
		}
		if e.To == "" {
			return nil
		}
		if time.Now().After(e.Until) {
			return job.Discard(errors.New("the message was not taken while it was of use"))
		}
		if s.cfg.Sender == nil {
			return errors.New("no sender of messages is configured any more")
		}
		final, err := s.hand(ctx, s.row.send(s.cfg.Sender, e), nil)
		if err != nil && final {
			return job.Discard(err)
		}
		return err
	}}
}

// Verifies says that the sender makes and checks the codes.
func (s *Service) Verifies() bool { return s.cfg.Hook == nil && s.row.check != nil }

// Check asks the sender whether code is the one that it sent.
func (s *Service) Check(ctx context.Context, to, code string) (bool, error) {
	approved := false
	final, err := s.hand(ctx, s.row.check(s.cfg.Sender, to, code), &approved)
	if err != nil && !final {
		return false, ErrAway.WithCause(err)
	}
	return approved, nil // what it refuses for good is no code of its
}
