package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

// Provider is somebody whose ID tokens are taken.
type Provider struct {
	Name      string   // "apple", "google" …
	Issuers   []string // that its tokens may name
	KeysURL   string   // its JWKS
	Audiences []string // the project's own client ids; a token for another app is refused
	SkipNonce bool     // for clients that cannot send one
}

// KnownProvider returns a provider whose addresses are the same for everybody.
func KnownProvider(name string, audiences []string) (Provider, bool) {
	p := Provider{Name: name, Audiences: audiences}
	switch name {
	case "apple":
		p.Issuers, p.KeysURL = []string{"https://appleid.apple.com"}, "https://appleid.apple.com/auth/keys"
	case "google":
		p.Issuers = []string{"https://accounts.google.com", "accounts.google.com"}
		p.KeysURL = "https://www.googleapis.com/oauth2/v3/certs"
	default:
		return Provider{}, false
	}
	return p, true
}

const (
	keysLife  = time.Hour        // after which keys are read again
	keysPause = 30 * time.Second // between two readings, whatever strangers' tokens name
	keysLimit = 1 << 20
	keysWait  = 5 * time.Second
)

// keySet is a provider's keys, read when they are asked for.
type keySet struct {
	Provider
	mu   sync.Mutex
	keys jose.JSONWebKeySet
	read time.Time // the last good reading
	try  time.Time // the last one
}

// find returns the keys with an id, reading them anew where there is none.
func (k *keySet) find(ctx context.Context, id string, now time.Time) ([]jose.JSONWebKey, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.keys.Key(id)
	if len(found) > 0 && now.Sub(k.read) < keysLife || now.Sub(k.try) < keysPause {
		return found, nil
	}
	k.try = now
	keys, err := fetchKeys(ctx, k.KeysURL)
	if err != nil {
		if len(found) > 0 {
			return found, nil // old keys are better than none
		}
		return nil, err
	}
	k.keys, k.read = keys, now
	return k.keys.Key(id), nil
}

func fetchKeys(ctx context.Context, url string) (keys jose.JSONWebKeySet, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysWait) // others wait for them too
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return keys, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return keys, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return keys, fmt.Errorf("%s answers %s", url, res.Status)
	}
	text, err := io.ReadAll(io.LimitReader(res.Body, keysLimit))
	if err != nil {
		return keys, err
	}
	if err := json.Unmarshal(text, &keys); err != nil {
		return keys, err
	}
	if len(keys.Keys) == 0 {
		return keys, errors.New(url + " has no keys")
	}
	return keys, nil
}
