package oauth

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	jose "github.com/go-jose/go-jose/v4"
)

const (
	keysLife  = time.Hour        // after which keys are read again
	keysPause = 30 * time.Second // between two readings, whatever strangers' tokens name
	keysWait  = 5 * time.Second
)

// keySet is a provider's keys, read when they are asked for.
type keySet struct {
	mu   sync.Mutex
	keys jose.JSONWebKeySet
	read time.Time // the last good reading
	try  time.Time // the last one
}

// key returns the keys with an id, reading them anew where there is none.
func (p *Provider) key(ctx context.Context, id string) ([]jose.JSONWebKey, error) {
	k, now := &p.keys, p.Now()
	k.mu.Lock()
	defer k.mu.Unlock()
	found := k.keys.Key(id)
	if len(found) > 0 && now.Sub(k.read) < keysLife || now.Sub(k.try) < keysPause {
		return found, nil
	}
	k.try = now
	keys, err := p.fetchKeys(ctx)
	if err != nil {
		if len(found) > 0 {
			return found, nil // old keys are better than none
		}
		return nil, err
	}
	k.keys, k.read = keys, now
	return k.keys.Key(id), nil
}

func (p *Provider) fetchKeys(ctx context.Context) (keys jose.JSONWebKeySet, err error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), keysWait) // others wait for them too
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.keysURL, nil)
	if err != nil {
		return keys, err
	}
	if err := p.fetch(req, &keys); err != nil {
		return keys, err
	}
	if len(keys.Keys) == 0 {
		return keys, errors.New(p.keysURL + " has no keys")
	}
	return keys, nil
}
