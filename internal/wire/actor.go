package wire

import (
	"context"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/trace"
)

// Identity is who a request comes from, as the front door found out.
type Identity struct {
	Session db.Session
	Claims  *token.Claims // nil without a token
	Token   string        // the bearer token itself, for sign-out and the like
	Fault   error         // why the token was refused
	// Refused says why the front door lets nobody answer but the room's Door.
	Refused *fault.Error
	// KeyFault says why the API key was refused, where there is no good token either.
	KeyFault error
}

type identityKey struct{}
type requestKey struct{}

// WithIdentity returns r with id attached; the front door calls it, once a request.
func WithIdentity(r *http.Request, id *Identity) *http.Request {
	if rec, ok := r.Context().Value(requestKey{}).(*record); ok {
		rec.identity = id
		return r
	}
	return r.WithContext(context.WithValue(r.Context(), identityKey{}, id))
}

// Who returns the identity of r; a request that no front door saw is nobody, whose
// role "" may do nothing.
func Who(r *http.Request) *Identity {
	if rec, ok := r.Context().Value(requestKey{}).(*record); ok && rec.identity != nil {
		return rec.identity
	}
	if id, ok := r.Context().Value(identityKey{}).(*Identity); ok {
		return id
	}
	return &Identity{}
}

// Actor returns the database session of r.
func Actor(r *http.Request) db.Session { return Who(r).Session }

// ActorFault returns why r's token was refused, or nil.
func ActorFault(r *http.Request) error { return Who(r).Fault }

// record is what the access line says of a request; handlers deepen it.
type record struct {
	id            string
	path          string // as it was asked for
	start         time.Time
	fault         *fault.Error
	identity      *Identity
	answer        countWriter
	room, pattern string // the route that answers
	span          *trace.Span
	// filter names the table and the columns by which rows were looked for.
	filter string
}

// RequestID returns the id under which r is logged.
func RequestID(r *http.Request) string {
	if rec, ok := r.Context().Value(requestKey{}).(*record); ok {
		return rec.id
	}
	return ""
}

// Filtered tells the access line by which columns rows were looked for, such as
// "public.todos(owner,done)": names alone, never values.
func Filtered(r *http.Request, columns string) {
	if rec, ok := r.Context().Value(requestKey{}).(*record); ok {
		rec.filter = columns
	}
}

func note(r *http.Request, f *fault.Error) {
	if rec, ok := r.Context().Value(requestKey{}).(*record); ok {
		rec.fault = f
	}
}
