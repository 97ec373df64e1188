package server

import (
	"maps"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/captcha"
	"github.com/plinth-dev/plinth/internal/auth/oauth"
	"github.com/plinth-dev/plinth/internal/auth/password"
	"github.com/plinth-dev/plinth/internal/project"
	"github.com/plinth-dev/plinth/internal/storage"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/page"
)

func (s *Server) authConfig() (auth.Config, error) {
	a := s.cfg.Project.Config.Auth
	cfg := auth.Default()
	cfg.DB, cfg.Ring, cfg.Log = s.db, s.ring, s.log
	cfg.Privacy, cfg.Hash = s.privacy, s.passwords()
	cfg.Hooks, cfg.Limits, cfg.Origin = s.hooks, s.limits(), s.origin()
	if s.cluster != nil {
		cfg.Counter = s.cluster.exact
	}
	cfg.Keys, cfg.SiteURL = s.signing, a.SiteURL
	cfg.Timebox, cfg.Inactivity = time.Duration(a.Sessions.Timebox), time.Duration(a.Sessions.Inactivity)
	cfg.SingleSession = s.cfg.Project.Config.Plinth.Auth.SingleSession
	cfg.Issuer = a.JWTIssuer
	cfg.TokenLife = time.Duration(a.JWTExpiry) * time.Second
	cfg.ReuseInterval, cfg.Rotation = time.Duration(a.RefreshReuseInterval)*time.Second, a.RefreshRotation
	cfg.Signup = a.EnableSignup
	cfg.EmailSignup = a.Email.EnableSignup
	cfg.Anonymous = a.EnableAnonymous
	cfg.Autoconfirm = !a.Email.EnableConfirmations
	cfg.Passwords = password.Policy{Min: a.MinimumPasswordLength, Needs: a.PasswordRequirements}
	if dir := s.cfg.Project.Config.Plinth.Auth.BreachedPasswords; dir != "" {
		cfg.Passwords.Breached = filepath.Join(s.cfg.Project.Dir, dir)
	}
	cfg.Mail = s.post
	cfg.RedirectURLs = a.RedirectURLs
	cfg.CodeLength, cfg.CodeLife = a.Email.OTPLength, time.Duration(a.Email.OTPExpiry)*time.Second
	cfg.MaxFrequency = time.Duration(a.Email.MaxFrequency)
	cfg.DoubleConfirm, cfg.SecureChange = a.Email.DoubleConfirm, a.Email.SecureChange
	cfg.SMS, cfg.PhoneSignup, cfg.SMSAutoconfirm = s.phones, a.SMS.EnableSignup, !a.SMS.EnableConfirmations
	cfg.SMSFrequency, cfg.SMSTemplate = time.Duration(a.SMS.MaxFrequency), a.SMS.Template
	cfg.TestOTP = a.SMS.TestOTP
	cfg.MFA = auth.MFA{
		MaxFactors: a.MFA.MaxFactors, TOTPEnroll: a.MFA.TOTP.Enroll, TOTPVerify: a.MFA.TOTP.Verify,
		PhoneEnroll: a.MFA.Phone.Enroll, PhoneVerify: a.MFA.Phone.Verify, PhoneDigits: a.MFA.Phone.OTPLength,
		PhoneFrequency: time.Duration(a.MFA.Phone.MaxFrequency), PhoneTemplate: a.MFA.Phone.Template,
	}
	cfg.ManualLinking = a.EnableManualLinking
	cfg.Providers = providers(a.External)
	if url := s.cfg.Project.Config.API.ExternalURL; url != "" {
		cfg.ExternalURL = strings.TrimSuffix(url, "/") + "/auth/v1"
	}
	var err error
	if cfg.Factors, err = s.cfg.factorKeeper(); err != nil {
		return cfg, err
	}
	if a.Captcha.Enabled {
		cfg.Captcha, err = captcha.New(a.Captcha.Provider, token.Secret(a.Captcha.Secret), nil)
	}
	return cfg, err
}

// limits are the project's; a server that others reach has some where the file names
// none.
func (s *Server) limits() auth.Limits {
	l := s.cfg.Project.Config.Auth.RateLimit
	if !l.Named && !s.cfg.Dev {
		return auth.Limits{SignIns: 30, Refreshes: 150, Verifications: 30, Anonymous: 30}
	}
	return auth.Limits{SignIns: l.SignInSignUps, Refreshes: l.TokenRefresh, Verifications: l.TokenVerifications, Anonymous: l.AnonymousUsers}
}

// providers are those that the project has switched on, in a steady order.
func providers(all map[string]project.External) []oauth.Client {
	var out []oauth.Client
	for _, name := range slices.Sorted(maps.Keys(all)) {
		e := all[name]
		if !e.Enabled {
			continue
		}
		c := oauth.Client{Name: name, Secret: token.Secret(e.Secret), URL: e.URL, Redirect: e.RedirectURI, SkipNonce: e.SkipNonce, NoAddress: e.EmailOptional}
		for id := range strings.SplitSeq(e.ClientID, ",") {
			if id = strings.TrimSpace(id); id != "" {
				c.IDs = append(c.IDs, id)
			}
		}
		out = append(out, c)
	}
	return out
}

func (s *Server) storageConfig() storage.Config {
	cfg := storage.Default()
	cfg.DB, cfg.Ring, cfg.Log, cfg.Blobs = s.db, s.ring, s.log, s.blobs
	cfg.FileLimit = int64(s.cfg.Project.Config.Storage.FileSizeLimit)
	return cfg
}

// verifyFor returns what checks tokens that arrive inside a room's own protocol: by
// the keys that the caller's side may use.
func (s *Server) verifyFor(r *http.Request) func(string) (*token.Claims, error) {
	ring := s.ring
	if fromLoopback(r) {
		ring = s.local
	}
	return func(tok string) (*token.Claims, error) {
		c, err := ring.Verify(tok, time.Now())
		if err == nil && c.Role != "" && !mayActAs(s.db.Catalog(), c.Role) {
			err = errBadRole
		}
		return c, err
	}
}

// ownRoutes belong to no room: health, and what tells a lost caller where it is.
func (s *Server) ownRoutes() []wire.Route {
	ok := func(w http.ResponseWriter, _ *http.Request) error {
		return wire.WriteJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	}
	routes := []wire.Route{
		{Pattern: "GET /healthz", Handler: ok, Open: true, Doc: "the process answers"},
		{Pattern: "GET /readyz", Handler: s.ready, Open: true, Doc: "the database answers"},
		{Pattern: "GET /rest-admin/v1/live", Handler: ok, Open: true, Doc: "PostgREST's name for healthz"},
		{Pattern: "GET /rest-admin/v1/ready", Handler: s.ready, Open: true, Doc: "PostgREST's name for readyz"},
		{Pattern: "/", Handler: lost, Open: true, Doc: "everything else"},
	}
	if dir := s.cfg.Project.Config.Plinth.Public; dir != "" {
		return append(routes, wire.Route{Pattern: "GET /", Handler: page.Handler(filepath.Join(s.cfg.Project.Dir, dir), s.cfg.Project.Config.Plinth.HTTP.PagePolicy, errLost), Open: true, Doc: "the project's web page"})
	}
	return append(routes, wire.Route{Pattern: "GET /{$}", Handler: s.root, Open: true, Doc: "what this is"})
}
