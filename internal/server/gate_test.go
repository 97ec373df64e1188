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
// say, and health checks and preflights are none of its business.
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
		{Method: "GET", Target: "/healthz"}, {Method: "GET", Target: "/metrics"}, {Method: "OPTIONS", Target: "/rest/v1/notes", Origin: true},
	} {
		if g.answer(a) != nil || asked != nil {
			t.Errorf("the gate decides of %s %s", a.Method, a.Target)
		}
	}
}

// TestTheGateKnowsWhoAsks: HEAD gets no body, web pages are told that they may read the
// refusal, and where not all of them may, the room tells them.
func TestTheGateKnowsWhoAsks(t *testing.T) {
	t.Parallel()
	open := func(origins ...string) *gate {
		g := openServer(t, func(c *Config) { c.Project.Config.Plinth.CORS.Origins = origins }).handler.front.gate
		g.admit = func(shed.Priority, http1.Arrival) bool { return false }
		return g
	}
	read := func(g *gate, method string, origin bool) (*http.Response, string) {
		t.Helper()
		raw := g.answer(http1.Arrival{Method: method, Target: "/rest/v1/notes", Origin: origin})
		res, err := http.ReadResponse(bufio.NewReader(bytes.NewReader(raw)), &http.Request{Method: method})
		if err != nil {
			t.Fatalf("%s: %v in %q", method, err, raw)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != 503 || res.Header.Get("X-Content-Type-Options") != "nosniff" {
			t.Errorf("%s: %v, %d %v", method, err, res.StatusCode, res.Header)
		}
		if method == "HEAD" && !bytes.HasSuffix(raw, []byte("\r\n\r\n")) {
			t.Errorf("HEAD gets a body: %q", raw)
		}
		return res, string(body)
	}
	all, some := open(), open("https://app.example.com")
	for _, method := range []string{"GET", "HEAD", "POST"} {
		res, body := read(all, method, true)
		if res.Header.Get("Access-Control-Allow-Origin") != "*" || !strings.Contains(res.Header.Get("Access-Control-Expose-Headers"), "Retry-After") || res.ContentLength <= 0 || (body == "") != (method == "HEAD") {
			t.Errorf("%s of a page: %v %d %q", method, res.Header, res.ContentLength, body)
		}
		if res, _ := read(all, method, false); res.Header.Get("Access-Control-Allow-Origin") != "" {
			t.Errorf("%s of an app: %v", method, res.Header)
		}
		if res, _ := read(some, method, false); res.Header.Get("Vary") != "Origin" {
			t.Errorf("%s where not all pages may call: %v", method, res.Header)
		}
		if some.answer(http1.Arrival{Method: method, Target: "/rest/v1/notes", Origin: true}) != nil {
			t.Errorf("%s of a page is refused where not all may call", method)
		}
	}
}
