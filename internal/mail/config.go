package mail

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	netmail "net/mail"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
)

// Config of the post.
type Config struct {
	DB         *db.DB
	Log        *slog.Logger
	SMTP       *SMTP               // nil: letters stay in the Inbox
	From       string              // address
	FromName   string              // "" for none
	Templates  map[string]Template // beside the built-in ones, or instead of them
	PerAddress int                 // letters an hour to one address; 0 for no bound
	PerHour    int                 // letters an hour in all; 0 for no bound
	Timeout    time.Duration       // of handing over one letter
}

// SMTP is a server that takes letters.
type SMTP struct {
	Host     string
	Port     int
	User     string
	Password token.Secret
	// Plain allows a server without TLS, for machines of one's own. Else TLS is
	// required: from the start on port 465, by STARTTLS elsewhere.
	Plain bool
	TLS   *tls.Config // nil for the system's
}

// Default returns what a new project has.
func Default() Config {
	return Config{From: "noreply@localhost.localdomain", PerAddress: 30, Timeout: 30 * time.Second}
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.DB == nil || c.Log == nil {
		errs = append(errs, errors.New("mail: DB and Log must be set"))
	}
	if a, err := netmail.ParseAddress(c.From); err != nil || a.Address != c.From {
		errs = append(errs, fmt.Errorf("mail: %q is not an address to send from", c.From))
	}
	if c.SMTP != nil && (c.SMTP.Host == "" || c.SMTP.Port < 1 || c.SMTP.Port > 65535) {
		errs = append(errs, errors.New("mail: SMTP needs a host and a port"))
	}
	if c.Timeout <= 0 {
		errs = append(errs, errors.New("mail: Timeout must be positive"))
	}
	return errors.Join(errs...)
}

// Service is the post.
type Service struct {
	cfg   Config
	forms map[string]form
}

// New reads the templates.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	forms, err := parseAll(cfg.Templates)
	if err != nil {
		return nil, err
	}
	return &Service{cfg: cfg, forms: forms}, nil
}

// ErrTooMany says that the address, or the house, has had its letters for this hour.
var ErrTooMany = fault.New(fault.TooMany, "over_email_send_rate_limit", "email rate limit exceeded")

// ErrTemplate says that there is no such template, or that it failed on its values.
var ErrTemplate = fault.New(fault.Internal, "mail_template", "the letter's template failed")

// Health reports whether the server takes letters, for checks.
func (s *Service) Health(ctx context.Context) error {
	if s.cfg.SMTP == nil {
		return nil
	}
	c, err := s.client()
	if err != nil {
		return err
	}
	if err := c.DialWithContext(ctx); err != nil {
		return err
	}
	return c.Close()
}
