package server

import (
	"errors"
	"net"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/catalog"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// door finds out who a request comes from, as Supabase's gateway does: a bearer
// token that is not an API key wins; else the key says the role; without either the
// caller is anonymous, or, where a key is required, nobody.
type door struct {
	local   credentials // for callers on this machine
	remote  credentials // for everyone else
	needKey bool
	catalog func() *catalog.Catalog
}

// credentials are the keys that are accepted from one side.
type credentials struct {
	ring *token.Keyring
	keys []token.APIKeys
}

var (
	errBadKey = fault.New(fault.Unauthenticated, "invalid_api_key", "Invalid API key").
			WithHint("Double check the API key: `plinth keys` shows this project's keys.")
	errBadRole = fault.New(fault.Unauthenticated, "invalid_role", "the token names a role that requests may not take").
			WithHint("Use anon, authenticated, service_role, or grant the role to authenticator.")
	errNoKey = fault.New(fault.Unauthenticated, "no_api_key", "No API key found in request").
			WithHint("No `apikey` request header or url param was found.")
)

func (d *door) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, wire.WithIdentity(r, d.identity(r)))
	})
}

// below serves h under a prefix that it does not see. The request is the server's own
// by now, so its URL is changed in place.
func below(prefix string, h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw := strings.TrimPrefix(r.URL.RawPath, prefix)
		if r.URL.RawPath != "" && raw == r.URL.RawPath {
			http.NotFound(w, r) // an escape in the prefix
			return
		}
		r.URL.Path, r.URL.RawPath = strings.TrimPrefix(r.URL.Path, prefix), raw
		wire.InRoom(r, prefix)
		h.ServeHTTP(w, r)
	})
}

func (d *door) identity(r *http.Request) *wire.Identity {
	id := d.claimed(r)
	if id.Fault == nil && !mayActAs(d.catalog(), id.Session.Role) {
		id.Fault = errBadRole.WithDetail("role \"" + id.Session.Role + "\"")
	}
	if id.Fault != nil {
		id.KeyFault = d.keyFault(r, id.Fault)
	}
	return id
}

// keyFault says whether a request whose token is bad has a good API key at least:
// that is how an app whose token expired asks for another.
func (d *door) keyFault(r *http.Request, why error) error {
	key, side := apiKey(r), d.side(r)
	switch {
	case key == "" && errors.Is(why, errNoKey):
		return why
	case key == "":
		return errBadKey.WithCause(why)
	case token.IsOpaque(key):
		return side.fromKey(key).Fault
	}
	if id := side.fromToken(key); id.Fault != nil {
		return errBadKey.WithCause(id.Fault)
	}
	return nil
}

func apiKey(r *http.Request) string {
	key := r.Header.Get("Apikey")
	if key == "" && strings.Contains(r.URL.RawQuery, "apikey=") {
		key = r.URL.Query().Get("apikey")
	}
	return key
}

// side returns what is accepted from where r comes from.
func (d *door) side(r *http.Request) *credentials {
	if fromLoopback(r) {
		return &d.local
	}
	return &d.remote
}

// mayActAs says which roles a token may name: those that the gateway's own role was
// granted, as PostgREST's authenticator; never a superuser.
func mayActAs(c *catalog.Catalog, role string) bool {
	r, ok := c.Roles[role]
	gate := c.Roles["authenticator"]
	return ok && !r.Super && gate != nil && slices.Contains(gate.MemberOf, role)
}

// claimed reads who the request says it comes from, verified by key or signature.
func (d *door) claimed(r *http.Request) *wire.Identity {
	side, key, bearer := d.side(r), apiKey(r), bearerToken(r)
	if bearer != "" && !token.IsOpaque(bearer) {
		return side.fromToken(bearer)
	}
	if key == "" {
		key = bearer
	}
	switch {
	case key == "" && d.needKey:
		return &wire.Identity{Fault: errNoKey}
	case key == "":
		return &wire.Identity{Session: db.Session{Role: "anon"}}
	case token.IsOpaque(key):
		return side.fromKey(key)
	}
	return side.fromToken(key)
}

func (c *credentials) fromKey(key string) *wire.Identity {
	for _, k := range c.keys {
		if role := k.Role(key); role != "" {
			return &wire.Identity{Session: db.Session{Role: role, Claims: `{"role":"` + role + `"}`}}
		}
	}
	return &wire.Identity{Fault: errBadKey}
}

func (c *credentials) fromToken(tok string) *wire.Identity {
	claims, err := c.ring.Verify(tok, time.Now())
	if err != nil {
		return &wire.Identity{Fault: err, Token: tok}
	}
	role := claims.Role
	if role == "" {
		role = "anon"
	}
	return &wire.Identity{Session: db.Session{Role: role, Claims: claims.JSON}, Claims: claims, Token: tok}
}

func bearerToken(r *http.Request) string {
	scheme, tok, ok := strings.Cut(r.Header.Get("Authorization"), " ")
	if !ok || !strings.EqualFold(scheme, "bearer") {
		return ""
	}
	return strings.TrimSpace(tok)
}

func fromLoopback(r *http.Request) bool {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return ip != nil && ip.IsLoopback()
}
