package realtime

import (
	"slices"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// actor is who a socket or channel acts for. It is never changed: a new token makes
// another.
type actor struct {
	session db.Session
	token   string // "" where an API key alone says the role
	expires int64  // seconds, 0 for never
}

func actorOf(id *wire.Identity) *actor {
	a := &actor{session: id.Session, token: id.Token}
	if id.Claims != nil {
		a.expires = id.Claims.Expires
	}
	return a
}

// group names those who see the same rows.
func (a *actor) group() string { return a.session.Role + "\x00" + a.session.Claims }

// expired tells the end of a token as token.Keyring does, clock differences included.
func (a *actor) expired(now time.Time, verify func(string) (*token.Claims, error)) bool {
	if a.expires == 0 || now.Unix() <= a.expires {
		return false
	}
	_, err := verify(a.token)
	return err != nil
}

// plainKey reports whether tok says nothing about the user: clients send their API
// key where they have no token.
func plainKey(tok string) bool { return tok == "" || strings.HasPrefix(tok, "sb_") }

// actor makes one of a token that came inside a frame.
func (k *socket) actor(tok string) (*actor, error) {
	c, err := k.verify(tok)
	if err != nil {
		return nil, tokenFault(err)
	}
	role := c.Role
	if role == "" {
		role = "anon"
	}
	if !k.svc.mayActAs(role) {
		return nil, errRole
	}
	return &actor{session: db.Session{Role: role, Claims: c.JSON}, token: tok, expires: c.Expires}, nil
}

// mayActAs is the front door's own rule: roles that the gateway was granted, never a
// superuser.
func (s *Service) mayActAs(role string) bool {
	c := s.cfg.DB.Catalog()
	r, gate := c.Roles[role], c.Roles["authenticator"]
	return r != nil && !r.Super && gate != nil && slices.Contains(gate.MemberOf, role)
}

// tokenFault is a token's fault under the names that the clients know.
func tokenFault(err error) error {
	code, msg := "JwtSignatureError", "Failed to validate JWT signature"
	switch fault.CodeOf(err) {
	case token.ErrExpired.Code:
		code, msg = "InvalidJWTToken", "Token has expired"
	case token.ErrMalformed.Code:
		code, msg = "MalformedJWT", "The token provided is not a valid JWT"
	case token.ErrNotYet.Code, token.ErrIssuedInFuture.Code:
		code, msg = "InvalidJWTToken", "Token is not valid yet"
	}
	return fault.New(fault.Unauthenticated, code, msg).WithCause(err)
}
