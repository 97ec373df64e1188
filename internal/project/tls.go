package project

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/url"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/token"
)

// TLS is [api.tls]: HTTPS with a certificate of one's own.
type TLS struct {
	// Enabled speaks HTTPS; without paths or plinth.tls.domains, dev makes a certificate in the
	// data folder that nobody vouches for.
	Enabled  bool   `toml:"enabled"`
	CertPath string `toml:"cert_path"` // PEM, with the chain, relative to config.toml; read again when it changes
	KeyPath  string `toml:"key_path"`  // PEM, relative to config.toml
}

// Domains is [plinth.tls]: HTTPS with certificates that an authority gives over ACME, and
// what holds for those of one's own too.
type Domains struct {
	Domains    []string     `toml:"domains"`     // that lead to this server; naming one accepts the authority's terms
	Email      string       `toml:"email"`       // where the authority writes to; "" for nobody
	Directory  string       `toml:"directory"`   // URL of the authority's ACME directory
	CAFile     string       `toml:"ca_file"`     // PEM that vouches for the directory's own certificate, relative to config.toml; "" for the system's
	EABKeyID   string       `toml:"eab_key_id"`  // of an account that the authority binds to one of its customers
	EABKey     token.Secret `toml:"eab_key"`     // base64url, as the authority gives it
	Challenge  string       `toml:"challenge"`   // how the authority sees that a domain is ours: "http-01" (on port 80), "tls-alpn-01" (on 443), "" for what it offers
	HTTPListen string       `toml:"http_listen"` // host:port of plain HTTP, which sends clients to HTTPS and answers the authority; "" for port 80 with domains and none without, "off" for none
	LookEvery  Duration     `toml:"look_every"`  // how often certificates are looked at for their renewal, which is due in the last third of their time; less where that is short
	MinVersion string       `toml:"min_version"` // of TLS: "1.2" or "1.3"
}

// The challenges that a server can answer by itself.
const (
	HTTP01    = "http-01"
	TLSALPN01 = "tls-alpn-01"
)

const letsEncrypt = "https://acme-v02.api.letsencrypt.org/directory"

func defaultDomains() Domains {
	return Domains{Directory: letsEncrypt, LookEvery: Duration(10 * time.Minute), MinVersion: "1.2"}
}

// Secure reports whether the server speaks HTTPS.
func (c Config) Secure() bool { return c.API.TLS.Enabled || len(c.Plinth.TLS.Domains) > 0 }

// Min is the least version of TLS.
func (d Domains) Min() uint16 {
	if d.MinVersion == "1.3" {
		return tls.VersionTLS13
	}
	return tls.VersionTLS12
}

// validateTLS reports what is wrong with all of the front door beside its limits.
func (c Config) validateTLS() error {
	var errs []error
	bad := func(cond bool, format string, args ...any) {
		if cond {
			errs = append(errs, fmt.Errorf(format, args...))
		}
	}
	own, d := c.API.TLS, c.Plinth.TLS
	bad((own.CertPath == "") != (own.KeyPath == ""), "api.tls needs both cert_path and key_path, or neither")
	bad(own.Enabled && own.CertPath != "" && len(d.Domains) > 0, "api.tls.cert_path and plinth.tls.domains are two ways to a certificate: keep one")
	for _, name := range d.Domains {
		bad(strings.ContainsAny(name, "*/: ") || !strings.Contains(name, ".") && net.ParseIP(name) == nil,
			"plinth.tls.domains: %q is no domain; a wildcard would need the DNS challenge, which is not there", name)
	}
	u, err := url.Parse(d.Directory)
	bad(err != nil || u.Scheme != "https" || u.Host == "", "plinth.tls.directory is %q; it must be an https URL", d.Directory)
	bad((d.EABKeyID == "") != (d.EABKey == ""), "plinth.tls needs both eab_key_id and eab_key, or neither")
	bad(d.Challenge != "" && d.Challenge != HTTP01 && d.Challenge != TLSALPN01, "plinth.tls.challenge is %q; it must be %s or %s", d.Challenge, HTTP01, TLSALPN01)
	bad(d.Challenge == HTTP01 && d.HTTPListen == "off", "plinth.tls.challenge is %s, but http_listen is off", HTTP01)
	if d.HTTPListen != "" && d.HTTPListen != "off" {
		_, _, err := net.SplitHostPort(d.HTTPListen)
		bad(err != nil, "plinth.tls.http_listen is %q; it must be host:port, or off", d.HTTPListen)
	}
	bad(time.Duration(d.LookEvery) < time.Second, "plinth.tls.look_every is %s; it must be a second or more", time.Duration(d.LookEvery))
	bad(d.MinVersion != "1.2" && d.MinVersion != "1.3", "plinth.tls.min_version is %q; it must be 1.2 or 1.3", d.MinVersion)
	return errors.Join(append(errs, c.Plinth.HTTP.Validate(), c.Plinth.CORS.Validate())...)
}
