package conformance

import (
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

// door is the front door of a server that stands without Supabase's gateway: no API
// keys, the bearer token alone says who asks.
type door struct {
	ring    *token.Keyring
	anon    string // "" = nobody without a token
	catalog func() *catalog.Catalog
}

var (
	errEmptyToken = fault.New(fault.Unauthenticated, "PGRST301", "Empty JWT is sent in Authorization header")
	errNoAnon     = fault.New(fault.Unauthenticated, "PGRST302", "Anonymous access is disabled")
)

func (d *door) identify(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		next.ServeHTTP(w, wire.WithIdentity(r, d.identity(r)))
	})
}

func (d *door) identity(r *http.Request) *wire.Identity {
	scheme, tok, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "bearer") {
		return d.anonymous(&wire.Identity{})
	}
	if tok = strings.TrimSpace(tok); tok == "" {
		return &wire.Identity{Fault: errEmptyToken}
	}
	claims, err := d.ring.Verify(tok, time.Now())
	if err != nil {
		return &wire.Identity{Fault: err, Token: tok}
	}
	id := &wire.Identity{Session: db.Session{Role: claims.Role, Claims: claims.JSON}, Claims: claims, Token: tok}
	if claims.Role == "" {
		return d.anonymous(id)
	}
	if !d.mayActAs(claims.Role) {
		id.Fault = fault.SQL("42501", "permission denied to set role \"%s\"", claims.Role)
	}
	return id
}

func (d *door) anonymous(id *wire.Identity) *wire.Identity {
	if d.anon == "" {
		id.Fault = errNoAnon
	}
	id.Session.Role = d.anon
	return id
}

// mayActAs reports whether authenticator was granted the role.
func (d *door) mayActAs(role string) bool {
	gate := d.catalog().Roles["authenticator"]
	return gate != nil && slices.Contains(gate.MemberOf, role)
}
