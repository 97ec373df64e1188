// Package captcha asks hCaptcha or Turnstile whether a person is there. Both have one
// protocol: a form with the secret and the client's token, a JSON answer. It is safe
// for concurrent use.
package captcha

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
)

// Verifier asks one of them.
type Verifier struct {
	url    string
	secret token.Secret
	http   *http.Client
}

// Faults of Verify.
var (
	ErrMissing = fault.New(fault.Invalid, "captcha_failed", "captcha protection: request disallowed (no captcha_token found)")
	ErrRefused = fault.New(fault.Invalid, "captcha_failed", "captcha protection: request disallowed")
	ErrAway    = fault.New(fault.Unavailable, "unexpected_failure", "captcha verification process failed")
)

const maxToken = 4 << 10

// New returns a Verifier for "hcaptcha" or "turnstile"; client is nil for one that
// waits ten seconds.
func New(provider string, secret token.Secret, client *http.Client) (*Verifier, error) {
	address, ok := map[string]string{
		"hcaptcha":  "https://api.hcaptcha.com/siteverify",
		"turnstile": "https://challenges.cloudflare.com/turnstile/v0/siteverify",
	}[provider]
	if !ok || secret == "" {
		return nil, fmt.Errorf("captcha: %q with its secret must be hcaptcha or turnstile", provider)
	}
	if client == nil {
		client = &http.Client{Timeout: 10 * time.Second}
	}
	return &Verifier{address, secret, client}, nil
}

// Verify reports a token that no person earned.
func (v *Verifier) Verify(ctx context.Context, tok, ip string) error {
	if tok = strings.TrimSpace(tok); tok == "" || len(tok) > maxToken {
		return ErrMissing
	}
	form := url.Values{"secret": {string(v.secret)}, "response": {tok}, "remoteip": {ip}}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, v.url, strings.NewReader(form.Encode()))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	res, err := v.http.Do(req)
	if err != nil {
		return ErrAway.WithCause(err)
	}
	defer res.Body.Close()
	var out struct {
		Success bool     `json:"success"`
		Codes   []string `json:"error-codes"`
	}
	err = json.NewDecoder(io.LimitReader(res.Body, 64<<10)).Decode(&out)
	if err != nil || res.StatusCode/100 != 2 {
		return ErrAway.WithCause(errors.Join(err, errors.New(res.Status)))
	}
	if !out.Success {
		f := *ErrRefused
		if len(out.Codes) > 0 && len(out.Codes[0]) < 60 {
			f.Message += " (" + out.Codes[0] + ")"
		}
		return &f
	}
	return nil
}
