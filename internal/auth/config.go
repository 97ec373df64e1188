package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"text/template"
	"time"

	"github.com/plinth-dev/plinth/internal/auth/captcha"
	"github.com/plinth-dev/plinth/internal/auth/hook"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/auth/privacy"
	"github.com/plinth-dev/plinth/internal/auth/redirect"
	"github.com/plinth-dev/plinth/internal/auth/sealed"
	"github.com/plinth-dev/plinth/internal/auth/signing"
	"github.com/plinth-dev/plinth/internal/auth/sms"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/mail"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Config of the room.
//
// budget: one line a knob of the project's config
type Config struct {
	DB            *db.DB
	Ring          *token.Keyring
	Keys          *signing.Keeper // what stands behind Ring
	Log           *slog.Logger
	SiteURL       string
	Issuer        string        // of access tokens; "" = the address of the request
	TokenLife     time.Duration // of an access token
	ReuseInterval time.Duration // in which any refresh token of a session may come again
	Rotation      bool          // a refresh token that comes again later ends its session, else it is refused alone
	Limits        Limits
	Counter       limit.Counter     // of the limits; here unless all nodes share one
	Factors       sealed.Keeper     // encrypts the secrets of authenticator apps
	Privacy       *privacy.Keeper   // exports and erases accounts
	Origin        limit.Origin      // how a client's address is found out
	Captcha       *captcha.Verifier // nil for none
	Timebox       time.Duration     // of a session, from its sign-in; 0 for none
	Inactivity    time.Duration     // after which a session that was not refreshed ends; 0 for none
	SingleSession bool              // a sign-in ends the user's other sessions
	Signup        bool
	EmailSignup   bool
	Anonymous     bool
	Autoconfirm   bool // e-mail addresses count as confirmed
	Passwords     password.Policy
	Hash          *password.Hasher
	Now           func() time.Time

	Mail           *mail.Service // nil: nothing is sent, and what needs a letter is refused
	ExternalURL    string        // of this room, in letters' links: "https://api.example.com/auth/v1"
	RedirectURLs   []string      // globs of addresses that links may lead to, beside SiteURL
	CodeLength     int           // digits of a code
	CodeLife       time.Duration
	CodeAttempts   int           // wrong guesses that a code survives, less one
	MaxFrequency   time.Duration // between two letters of a kind to one address
	DoubleConfirm  bool          // both addresses confirm a change of address
	SecureChange   bool          // a new password, a day after sign-in, needs a code
	SMS            *sms.Service  // nil: nothing is sent to phones
	PhoneSignup    bool
	SMSAutoconfirm bool              // phones count as confirmed
	SMSFrequency   time.Duration     // between two messages of a kind to one number
	SMSTemplate    string            // {{ .Code }} stands for the code
	TestOTP        map[string]string // codes of numbers to which nothing is sent
	MFA            MFA
	Hooks          *hook.Service  // nil for none
	Providers      []oauth.Client // who vouches for people
	ManualLinking  bool           // a signed-in user may take other identities
}

// Default returns what a new project has.
func Default() Config {
	return Config{
		TokenLife: time.Hour, ReuseInterval: 10 * time.Second, Rotation: true,
		Signup: true, EmailSignup: true, Autoconfirm: true, Passwords: password.Policy{Min: 6},
		Now: time.Now, Counter: limit.Local{Limiter: limit.New()},
		CodeLength: 6, CodeLife: time.Hour, CodeAttempts: 5, MaxFrequency: time.Second, DoubleConfirm: true,
		SMSFrequency: 5 * time.Second, SMSTemplate: "Your code is {{ .Code }}",
		MFA: MFA{MaxFactors: 10, TOTPEnroll: true, TOTPVerify: true, PhoneDigits: 6, PhoneFrequency: 5 * time.Second, PhoneTemplate: "Your code is {{ .Code }}"},
	}
}

// Validate reports every fault at once.
func (c Config) Validate() error {
	var errs []error
	if c.DB == nil || c.Ring == nil || c.Keys == nil || c.Privacy == nil || c.Hash == nil || c.Log == nil || c.Now == nil {
		errs = append(errs, errors.New("auth: DB, Ring, Keys, Privacy, Hash, Log and Now must be set"))
	}
	if c.TokenLife <= 0 {
		errs = append(errs, errors.New("auth: TokenLife must be positive"))
	}
	if c.CodeLength < 6 || c.CodeLength > 10 || c.CodeLife <= 0 || c.CodeLife > 24*time.Hour || c.CodeAttempts < 1 {
		errs = append(errs, errors.New("auth: codes have 6 to 10 digits, live up to a day and bear at least 1 attempt"))
	}
	return errors.Join(errs...)
}

// Service is the room.
type Service struct {
	cfg         Config
	redirects   *redirect.List
	providers   map[string]*oauth.Provider
	words       *template.Template // of a message with a code
	factorWords *template.Template // and of one for a second factor
}

// New returns the room over a migrated database.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	redirects, err := redirect.New(cfg.SiteURL, cfg.RedirectURLs)
	if err != nil {
		return nil, err
	}
	providers := map[string]*oauth.Provider{}
	s := &Service{cfg: cfg, redirects: redirects, providers: providers}
	if s.words, err = template.New("sms").Parse(cfg.SMSTemplate); err != nil {
		return nil, fmt.Errorf("auth.sms.template: %w", err)
	}
	if s.factorWords, err = template.New("mfa").Parse(cfg.MFA.PhoneTemplate); err != nil {
		return nil, fmt.Errorf("auth.mfa.phone.template: %w", err)
	}
	for _, p := range cfg.Providers {
		if p.Now == nil {
			p.Now = cfg.Now
		}
		if providers[p.Name], err = oauth.New(p); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// Handler serves the paths below /auth/v1.
func (s *Service) Handler() http.Handler { return wire.Mount(s.Routes(), door{}) }
