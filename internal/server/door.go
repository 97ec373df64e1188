package server

import (
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

func (d *door) identity(r *http.Request) *wire.Identity {
	id := d.claimed(r)
	if id.Fault == nil && !d.mayActAs(id.Session.Role) {
		id.Fault = errBadRole.WithDetail("role \"" + id.Session.Role + "\"")
	}
	return id
}

// mayActAs says which roles a token may name: those that the gateway's own role was
// granted, as PostgREST's authenticator; never a superuser.
func (d *door) mayActAs(role string) bool {
	c := d.catalog()
	r, ok := c.Roles[role]
	gate := c.Roles["authenticator"]
	return ok && !r.Super && gate != nil && slices.Contains(gate.MemberOf, role)
}

// claimed reads who the request says it comes from, verified by key or signature.
func (d *door) claimed(r *http.Request) *wire.Identity {
	side := &d.remote
	if fromLoopback(r) {
		side = &d.local
	}
	key := r.Header.Get("Apikey")
	if key == "" && strings.Contains(r.URL.RawQuery, "apikey=") {
		key = r.URL.Query().Get("apikey")
	}
	bearer := bearerToken(r)
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
