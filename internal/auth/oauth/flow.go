package oauth

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

const (
	maxAnswer     = 1 << 20
	discoverPause = 10 * time.Second // between two tries of a document that cannot be read
)

// Ask is one sending of a person to the provider.
type Ask struct {
	State, Nonce, Verifier string
	Scopes                 string     // beside the provider's own
	Extra                  url.Values // what the client asks the provider for, such as prompt=consent
	Fallback               string     // where the provider sends people back to, where the configuration does not say
}

// Tokens are what the provider gave for a code.
type Tokens struct {
	Access  string
	Refresh string
	ID      string
	User    string // what Apple's form says of the person, the first time
}

// Person is whom the provider vouches for.
type Person struct {
	Subject, Issuer, Email, Name, Picture, Username string
	Verified                                        bool // the address is the person's
}

// Challenge returns a verifier's code challenge.
func Challenge(verifier string) string {
	sum := sha256.Sum256([]byte(verifier))
	return base64.RawURLEncoding.EncodeToString(sum[:])
}

// AuthURL returns the address to which a person is sent.
func (p *Provider) AuthURL(ctx context.Context, a Ask) (string, error) {
	if err := p.ready(ctx); err != nil {
		return "", err
	}
	u, err := url.Parse(p.auth)
	if err != nil {
		return "", err
	}
	q := u.Query()
	for name := range a.Extra {
		theirs := name
		if other := p.rename[name]; other != "" {
			theirs = other
		}
		q.Set(theirs, a.Extra.Get(name))
	}
	scopes := strings.Fields(p.scopes)
	scopes = append(scopes, strings.Fields(a.Scopes)...)
	q.Set("client_id", p.IDs[0])
	q.Set("redirect_uri", p.redirect(a.Fallback))
	q.Set("response_type", "code")
	if len(scopes) > 0 {
		q.Set("scope", strings.Join(scopes, " "))
	}
	q.Set("state", a.State)
	if p.Native() {
		q.Set("nonce", a.Nonce)
	}
	if p.pkce {
		q.Set("code_challenge", Challenge(a.Verifier))
		q.Set("code_challenge_method", "S256")
	}
	if p.apple {
		q.Set("response_mode", "form_post")
	}
	u.RawQuery = q.Encode()
	return u.String(), nil
}

func (p *Provider) redirect(fallback string) string {
	if p.Redirect != "" {
		return p.Redirect
	}
	return fallback
}

// Exchange trades a code.
func (p *Provider) Exchange(ctx context.Context, code string, a Ask) (*Tokens, error) {
	if err := p.ready(ctx); err != nil {
		return nil, err
	}
	secret, err := p.secret()
	if err != nil {
		return nil, ErrRefused.WithCause(err)
	}
	form := url.Values{"grant_type": {"authorization_code"}, "code": {code}, "redirect_uri": {p.redirect(a.Fallback)}, "client_id": {p.IDs[0]}}
	if p.pkce {
		form.Set("code_verifier", a.Verifier)
	}
	if !p.basic && secret != "" {
		form.Set("client_secret", secret)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, p.token, strings.NewReader(form.Encode()))
	if err != nil {
		return nil, err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	if p.basic {
		req.SetBasicAuth(url.QueryEscape(p.IDs[0]), url.QueryEscape(secret))
	}
	var got struct {
		Access  string `json:"access_token"`
		Refresh string `json:"refresh_token"`
		ID      string `json:"id_token"`
		Error   string `json:"error"`
	}
	if err := p.fetch(req, &got); err != nil {
		return nil, ErrRefused.WithCause(err)
	}
	if got.Error != "" || got.Access == "" && got.ID == "" {
		return nil, ErrRefused.WithCause(fmt.Errorf("%s: %q", p.token, got.Error))
	}
	return &Tokens{Access: got.Access, Refresh: got.Refresh, ID: got.ID}, nil
}

// Person says whose the tokens are. The ID token must carry the nonce of the ask.
func (p *Provider) Person(ctx context.Context, t *Tokens, nonce string) (*Person, error) {
	var out Person
	switch {
	case t.ID != "" && p.Native():
		claims, err := p.verify(ctx, t.ID)
		if err != nil {
			return nil, err
		}
		if str(claims, "nonce") != nonce {
			return nil, ErrNonce
		}
		out = p.person(claims)
	case p.profile == "":
		return nil, ErrProfile.WithCause(fmt.Errorf("%s gave no ID token", p.Name))
	}
	if p.profile != "" && out.Email == "" && t.Access != "" {
		var o object
		if err := p.api(ctx, p.profile, t.Access, &o); err != nil {
			return nil, ErrProfile.WithCause(err)
		}
		more := p.person(o)
		if out.Subject != "" && more.Subject != out.Subject {
			return nil, ErrProfile.WithCause(fmt.Errorf("%s's profile is somebody else's", p.Name))
		}
		more.Issuer = out.Issuer
		out = more
	}
	if p.emails != "" {
		if err := p.primary(ctx, t.Access, &out); err != nil {
			return nil, ErrProfile.WithCause(err)
		}
	}
	if p.apple && out.Name == "" {
		out.Name = appleName(t.User)
	}
	if out.Subject == "" {
		return nil, ErrProfile
	}
	return &out, nil
}

func (p *Provider) person(o object) Person {
	read := p.read
	if read == nil {
		read = readClaims
	}
	out := read(o)
	switch {
	case out.Email == "" || p.trust == never:
		out.Verified = false
	case p.trust == always:
		out.Verified = true
	}
	return out
}

// addresses is GitHub's list, which is bare, or Bitbucket's, which is wrapped.
type addresses struct {
	Values []struct {
		Email     string `json:"email"`
		Primary   bool   `json:"primary"`
		Verified  bool   `json:"verified"`
		IsPrimary bool   `json:"is_primary"`
		Confirmed bool   `json:"is_confirmed"`
	} `json:"values"`
}

func (l *addresses) UnmarshalJSON(text []byte) error {
	if bytes.HasPrefix(text, []byte("[")) {
		return json.Unmarshal(text, &l.Values)
	}
	type wrapped addresses
	return json.Unmarshal(text, (*wrapped)(l))
}

// primary takes the first address of the list that is proven, the primary one before
// others.
func (p *Provider) primary(ctx context.Context, access string, out *Person) error {
	var list addresses
	if err := p.api(ctx, p.emails, access, &list); err != nil {
		return err
	}
	for _, e := range list.Values {
		if (e.Verified || e.Confirmed) && (out.Email == "" || e.Primary || e.IsPrimary) {
			out.Email, out.Verified = e.Email, true
		}
	}
	return nil
}

func (p *Provider) api(ctx context.Context, address, access string, v any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return err
	}
	req.Header.Set("Authorization", "Bearer "+access)
	if p.clientID {
		req.Header.Set("Client-Id", p.IDs[0])
	}
	if p.version != "" {
		req.Header.Set("Notion-Version", p.version)
	}
	if p.proof {
		m := hmac.New(sha256.New, []byte(p.Secret))
		m.Write([]byte(access))
		q := req.URL.Query()
		q.Set("appsecret_proof", hex.EncodeToString(m.Sum(nil)))
		req.URL.RawQuery = q.Encode()
	}
	return p.fetch(req, v)
}

// fetch sends a request and reads a JSON answer, numbers as they are written.
func (p *Provider) fetch(req *http.Request, v any) error {
	req.Header.Set("Accept", "application/json")
	req.Header.Set("User-Agent", "plinth")
	res, err := p.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer res.Body.Close()
	text, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return err
	}
	if res.StatusCode/100 != 2 {
		return fmt.Errorf("%s%s answers %s", req.URL.Host, req.URL.Path, res.Status)
	}
	d := json.NewDecoder(bytes.NewReader(text))
	d.UseNumber()
	return d.Decode(v)
}

// ready reads the discovery document, the first time.
func (p *Provider) ready(ctx context.Context) error {
	if p.discover == "" {
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.found {
		return nil
	}
	if now := p.Now(); now.Sub(p.tried) < discoverPause {
		return ErrAway
	}
	p.tried = p.Now()
	req, err := http.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, p.discover, nil) // others wait for it too
	if err != nil {
		return err
	}
	var doc struct {
		Issuer  string   `json:"issuer"`
		Auth    string   `json:"authorization_endpoint"`
		Token   string   `json:"token_endpoint"`
		Profile string   `json:"userinfo_endpoint"`
		Keys    string   `json:"jwks_uri"`
		Methods []string `json:"token_endpoint_auth_methods_supported"`
	}
	if err := p.fetch(req, &doc); err != nil {
		return ErrAway.WithCause(err)
	}
	want := strings.TrimSuffix(p.discover, "/.well-known/openid-configuration")
	if strings.TrimSuffix(doc.Issuer, "/") != want || doc.Auth == "" || doc.Token == "" || doc.Keys == "" {
		return ErrAway.WithCause(fmt.Errorf("%s is not the document of its issuer", p.discover))
	}
	p.auth, p.token, p.profile, p.keysURL, p.issuers = doc.Auth, doc.Token, doc.Profile, doc.Keys, []string{doc.Issuer}
	p.basic = len(doc.Methods) == 0 || slices.Contains(doc.Methods, "client_secret_basic")
	p.found = true
	p.tried = time.Time{}
	return nil
}
