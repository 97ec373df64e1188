package oauth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
)

// Client is what a project's configuration says of a provider.
type Client struct {
	Name      string
	IDs       []string // the project's client ids: the first is for redirects, all are audiences
	Secret    token.Secret
	URL       string // of providers that people host themselves, or an OIDC issuer
	Redirect  string // where the provider sends people back to
	SkipNonce bool   // for native clients that cannot send one
	NoAddress bool   // a person of whom the provider names no address may have an account
	Now       func() time.Time
	HTTP      *http.Client // nil for one that follows no redirect and waits ten seconds
}

// Provider is somebody who vouches for people.
type Provider struct {
	Client
	row
	keys keySet

	mu    sync.Mutex // of discovery
	found bool
	tried time.Time
}

// Faults of the package; each is the cause's, never the provider's words.
var (
	ErrAway      = fault.New(fault.Unavailable, "unexpected_failure", "The provider does not answer")
	ErrRefused   = fault.New(fault.Invalid, "bad_oauth_callback", "Unable to exchange external code")
	ErrProfile   = fault.New(fault.Invalid, "bad_oauth_callback", "Error getting user profile from external provider")
	ErrIDToken   = fault.New(fault.Invalid, "validation_failed", "Bad ID token")
	ErrNonceHalf = fault.New(fault.Invalid, "validation_failed", "Passed nonce and nonce in id_token should either both exist or not.")
	ErrNonce     = fault.New(fault.Invalid, "validation_failed", "Nonces mismatch")
)

// New returns a provider of the table, or of any issuer with a URL.
func New(c Client) (*Provider, error) {
	if len(c.IDs) == 0 || c.IDs[0] == "" {
		return nil, fmt.Errorf("auth.external.%s.client_id is empty", c.Name)
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.HTTP == nil {
		c.HTTP = newHTTP()
	}
	p := &Provider{Client: c}
	var known bool
	if p.row, known = rows()[c.Name]; !known {
		if c.URL == "" {
			return nil, fmt.Errorf("auth.external.%s: this name is not known; set url to its OIDC issuer", c.Name)
		}
		p.row = anyIssuer
	}
	base := strings.TrimSuffix(c.URL, "/")
	if base == "" {
		base = p.base
	}
	if strings.Contains(p.auth+p.discover, "{url}") {
		u, err := url.Parse(base)
		if err != nil || u.Host == "" || u.Scheme != "https" && u.Scheme != "http" {
			return nil, fmt.Errorf("auth.external.%s.url is %q; it must be an address", c.Name, base)
		}
	}
	for _, s := range []*string{&p.auth, &p.token, &p.profile, &p.keysURL, &p.discover} {
		*s = strings.ReplaceAll(*s, "{url}", base)
	}
	p.issuers = append([]string(nil), p.issuers...)
	for i := range p.issuers {
		p.issuers[i] = strings.ReplaceAll(p.issuers[i], "{url}", base)
	}
	if p.apple {
		if err := checkAppleSecret(c.Secret); err != nil {
			return nil, errors.Join(fmt.Errorf("auth.external.%s.secret", c.Name), err)
		}
	}
	return p, nil
}

// Native says whether the provider's ID tokens are taken. Of a provider with a discovery
// document the keys' address is read by ready alone.
func (p *Provider) Native() bool { return p.discover != "" || p.keysURL != "" }

// newHTTP follows no redirect: a provider's API has none, and one would carry secrets
// elsewhere.
func newHTTP() *http.Client {
	return &http.Client{
		Timeout:       10 * time.Second,
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}
