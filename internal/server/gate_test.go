package server

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/plinth-dev/plinth/internal/limit/shed"
	"github.com/plinth-dev/plinth/internal/wire/http1"
)

// TestTheGateRefusesInTheRoomsWords: who is refused at the gate hears what the room would
// say, and health checks, browsers and HEAD are none of its business.
func TestTheGateRefusesInTheRoomsWords(t *testing.T) {
	t.Parallel()
	s := openServer(t, func(*Config) {})
	g := s.handler.front.gate
	if g == nil {
		t.Fatal("there is no gate by default")
	}
	var asked []shed.Priority
	g.admit = func(p shed.Priority, _ http1.Arrival) bool { asked = append(asked, p); return p == shed.Refresh }
	for _, c := range []struct {
		method, target string
		of             shed.Priority
		want           string // "" for let in
	}{
		{"GET", "/rest/v1/notes?select=id", shed.Read, `"code":"overloaded"`},
		{"POST", "/rest/v1/notes", shed.Write, `"code":"overloaded"`},
		{"POST", "/auth/v1/signup", shed.Write, `"error_code":"overloaded"`},
		{"POST", "/auth/v1/token?grant_type=refresh_token", shed.Refresh, ""},
		{"GET", "/storage/v1/bucket", shed.Read, `"statusCode":"503"`},
		{"GET", "/realtime/v1/websocket?vsn=1.0.0", shed.Join, "The server has more to do"},
	} {
		asked = nil
		raw := g.answer(http1.Arrival{Method: c.method, Target: c.target})
		if len(asked) != 1 || asked[0] != c.of {
			t.Errorf("%s %s was asked about as %v", c.method, c.target, asked)
		}
		if c.want == "" {
			if raw != nil {
				t.Errorf("%s %s was refused", c.method, c.target)
			}
			continue
		}
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), nil)
		if err != nil {
			t.Fatalf("%s %s: %v in %q", c.method, c.target, err, raw)
		}
		body, err := io.ReadAll(res.Body)
		if after := res.Header.Get("Retry-After"); err != nil || res.StatusCode != 503 || after < "1" || after > "3" || !strings.Contains(string(body), c.want) {
			t.Errorf("%s %s: %v %d, after %q: %s", c.method, c.target, err, res.StatusCode, after, body)
		}
	}
	asked = nil
	for _, a := range []http1.Arrival{
		{Method: "GET", Target: "/healthz"}, {Method: "GET", Target: "/metrics"}, {Method: "HEAD", Target: "/rest/v1/notes"},
		{Method: "GET", Target: "/rest/v1/notes", Origin: true},
	} {
		if g.answer(a) != nil || asked != nil {
			t.Errorf("the gate decides of %s %s", a.Method, a.Target)
		}
	}
}
