package wire

import (
	"net/http"
	"strings"
)

// Seen is a request that has ended, as those who count want it: by the route that
// answered, never by its path, so that clients can't make up names.
type Seen struct {
	Room    string // prefix of the room, as InRoom was told
	Pattern string // of the Route, "" where none answered
	Method  string
	Status  int // 0 where nothing was answered
}

// InRoom notes which room a request goes to; the server calls it, once a request.
func InRoom(r *http.Request, prefix string) {
	if rec, ok := r.Context().Value(requestKey{}).(*record); ok {
		rec.room = prefix
	}
}

// matched notes the route that answers.
func matched(r *http.Request, pattern string) {
	if rec, ok := r.Context().Value(requestKey{}).(*record); ok {
		rec.pattern = pattern
	}
}

// RouteName joins a room's prefix and a pattern to the name of a route in metrics and
// traces: "/rest/v1/{table}".
func RouteName(room, pattern string) string {
	if _, path, ok := strings.Cut(pattern, " "); ok {
		pattern = path
	}
	return room + pattern
}

// finish ends the span of a request under the names that OpenTelemetry gives it.
func (rec *record) finish(r *http.Request) {
	s, route := rec.span, "other"
	if rec.pattern != "" {
		route = RouteName(rec.room, rec.pattern)
	}
	s.Rename(r.Method + " " + route)
	s.Set("http.request.method", r.Method)
	s.Set("http.route", route)
	s.SetInt("http.response.status_code", int64(rec.answer.status))
	s.SetInt("http.response.body.size", rec.answer.bytes)
	s.Set("plinth.request_id", rec.id)
	if rec.identity != nil {
		s.Set("plinth.role", rec.identity.Session.Role)
	}
	if rec.fault != nil {
		s.Set("error.type", rec.fault.Code)
	}
	if rec.answer.status >= 500 {
		s.Fail("http " + http.StatusText(rec.answer.status))
	}
	s.End()
}
