package acme

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"log/slog"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"
	"github.com/mholt/acmez/v3"
	"github.com/mholt/acmez/v3/acme"
)

// Protocol is what an authority asks for in the handshake of a challenge.
const Protocol = acmez.ACMETLS1Protocol

// Config says whose certificates, and from whom.
type Config struct {
	Storage   certmagic.Storage
	Domains   []string
	Email     string
	Directory string         // URL
	Roots     *x509.CertPool // that vouch for the directory; nil for the system's
	// EABKeyID and EABKey bind the account to a customer; "" for neither.
	EABKeyID, EABKey string
	TLS              net.Addr // where the server listens
	HTTP             net.Addr // where plain HTTP is answered; nil: no HTTP-01
	NoALPN           bool     // no TLS-ALPN-01
	// LookEvery is how often certificates are looked at for their renewal; 0 for 10 minutes.
	LookEvery time.Duration
	Log       *slog.Logger
}

// Manager has the certificates of a Config.
type Manager struct {
	cfg    Config
	magic  *certmagic.Config
	issuer *certmagic.ACMEIssuer
	cache  *certmagic.Cache
	ctx    context.Context // of orders under way
	cancel context.CancelFunc
	once   sync.Once
}

// New returns a Manager that has nothing yet. Stop ends it.
func New(cfg Config) *Manager {
	m := &Manager{cfg: cfg}
	m.ctx, m.cancel = context.WithCancel(context.Background())
	log := bridge(cfg.Log)
	m.cache = certmagic.NewCache(certmagic.CacheOptions{
		GetConfigForCert:   func(certmagic.Certificate) (*certmagic.Config, error) { return m.magic, nil },
		RenewCheckInterval: cfg.LookEvery, Logger: log,
	})
	m.magic = certmagic.New(m.cache, certmagic.Config{
		Storage: cfg.Storage, Logger: log, DefaultServerName: cfg.Domains[0], // for clients that name none: health checks
		OCSP: certmagic.OCSPConfig{DisableStapling: true}, // the large authorities have ended it
	})
	issuer := certmagic.ACMEIssuer{
		CA: cfg.Directory, TestCA: cfg.Directory, Email: cfg.Email, Agreed: true, TrustedRoots: cfg.Roots, Logger: log,
		DisableHTTPChallenge: cfg.HTTP == nil, DisableTLSALPNChallenge: cfg.NoALPN,
	}
	if cfg.EABKeyID != "" {
		issuer.ExternalAccount = &acme.EAB{KeyID: cfg.EABKeyID, MACKey: cfg.EABKey}
	}
	// The ports are those where this server listens already: certmagic finds them taken and
	// leaves the challenge to it.
	issuer.ListenHost, issuer.AltTLSALPNPort = place(cfg.TLS)
	if cfg.HTTP != nil {
		_, issuer.AltHTTPPort = place(cfg.HTTP)
	}
	m.issuer = certmagic.NewACMEIssuer(m.magic, issuer)
	m.magic.Issuers = []certmagic.Issuer{m.issuer}
	return m
}

func place(a net.Addr) (host string, port int) {
	host, text, err := net.SplitHostPort(a.String())
	if err != nil {
		return "", 0
	}
	port, _ = strconv.Atoi(text) // 0 where it is none
	return host, port
}

// Get chooses the certificate of a handshake, or answers a challenge.
func (m *Manager) Get(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	return m.magic.GetCertificate(hello)
}

// HTTP answers challenges and leaves the rest to next.
func (m *Manager) HTTP(next http.Handler) http.Handler { return m.issuer.HTTPChallengeHandler(next) }

// Start loads the certificates that there are, and orders the others; it waits for none.
func (m *Manager) Start() {
	if err := m.magic.ManageAsync(m.ctx, m.cfg.Domains); err != nil {
		m.cfg.Log.Error("certificates", "error", err)
	}
}

// Stop ends orders under way and renewals. It may be called twice.
func (m *Manager) Stop() {
	m.once.Do(func() {
		m.cancel()
		m.cache.Stop()
	})
}
