package wire

import (
	"errors"
	"net/http"

	"github.com/plinth-dev/plinth/internal/fault"
)

// Handler answers a request or returns why it could not. After it has written a
// header it must return nil.
type Handler func(w http.ResponseWriter, r *http.Request) error

// Route is one line of a room's URL surface. Pattern is http.ServeMux' own
// ("POST /signup"), relative to the room's prefix.
type Route struct {
	Pattern string
	Handler Handler
	Open    bool // answers even when the request's token is bad
	Keyed   bool // answers with a bad token too, but not with a bad API key
	Doc     string
}

// Door is how a room answers faults.
type Door interface {
	// Answer writes f in the room's wire shape.
	Answer(w http.ResponseWriter, r *http.Request, f *fault.Error)
}

// Mount returns a handler over routes. A request whose token did not verify is
// answered by the door with that fault, unless the route is Open or Keyed.
func Mount(routes []Route, door Door) http.Handler {
	mux := http.NewServeMux()
	for _, route := range routes {
		mux.HandleFunc(route.Pattern, func(w http.ResponseWriter, r *http.Request) {
			serve(w, r, route, door)
		})
	}
	return mux
}

func serve(w http.ResponseWriter, r *http.Request, route Route, door Door) {
	matched(r, route.Pattern)
	who := Who(r)
	err := who.Fault
	if route.Keyed {
		err = who.KeyFault
	}
	switch {
	case who.Refused != nil:
		err = who.Refused
	case err == nil || route.Open:
		err = route.Handler(w, r)
	}
	if err == nil {
		return
	}
	f := classify(r, err)
	note(r, f)
	if f.Kind == fault.Unavailable && f.Status == 0 {
		w.Header().Set("Retry-After", "1")
	}
	door.Answer(w, r, f)
}

// classify turns any error into a fault; a body that was too large or a client that
// went away are known here, the rest is Internal.
func classify(r *http.Request, err error) *fault.Error {
	var big *http.MaxBytesError
	switch {
	case errors.As(err, &big):
		return ErrBodyTooLarge
	case r.Context().Err() != nil && fault.CodeOf(err) == "":
		return ErrGone.WithCause(err)
	}
	return fault.From(err)
}

// Status returns the HTTP status of a fault's Kind.
func Status(f *fault.Error) int {
	if f.Status != 0 {
		return f.Status
	}
	switch f.Kind {
	case fault.Invalid:
		return http.StatusBadRequest
	case fault.Unauthenticated:
		return http.StatusUnauthorized
	case fault.Forbidden:
		return http.StatusForbidden
	case fault.NotFound:
		return http.StatusNotFound
	case fault.Conflict:
		return http.StatusConflict
	case fault.TooLarge:
		return http.StatusRequestEntityTooLarge
	case fault.TooMany:
		return http.StatusTooManyRequests
	case fault.Unavailable:
		return http.StatusServiceUnavailable
	case fault.Timeout:
		return http.StatusGatewayTimeout
	}
	return http.StatusInternalServerError
}

// Faults of this package.
var (
	ErrBodyTooLarge = fault.New(fault.TooLarge, "body_too_large", "the request body is larger than this server accepts")
	ErrSlowBody     = withStatus(http.StatusRequestTimeout, fault.New(fault.Timeout, "body_too_slow", "the request body did not arrive in time"))
	ErrBadJSON      = fault.New(fault.Invalid, "bad_json", "the request body is not valid JSON")
	ErrGone         = fault.New(fault.Timeout, "client_gone", "the client ended the request")
)

func withStatus(status int, f *fault.Error) *fault.Error {
	f.Status = status
	return f
}
