package rest_test

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

// impatient is a connection on which every body comes too late.
type impatient struct{ http.ResponseWriter }

func (w impatient) SetReadDeadline(t time.Time) error {
	if !t.IsZero() {
		t = time.Now()
	}
	return http.NewResponseController(w.ResponseWriter).SetReadDeadline(t)
}

// TestABodyThatStops: PLR012 where half a body arrives, by every way into the room.
func TestABodyThatStops(t *testing.T) {
	t.Parallel()
	a := open(t, nil)
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		a.handler.ServeHTTP(impatient{w}, wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}}))
	}))
	defer srv.Close()
	for _, path := range []string{"/todos", "/rpc/add", "/batch"} {
		conn, err := net.Dial("tcp", srv.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if _, err := io.WriteString(conn, "POST "+path+" HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 50\r\n\r\n{\"half"); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusRequestTimeout || !strings.Contains(string(body), `"code":"PLR012"`) {
			t.Errorf("%s: %d %s %v", path, res.StatusCode, body, err)
		}
	}
}
