package wire

import (
	"bufio"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
)

// TestSlowBody: a body that stops half way is answered, and one that arrives leaves the
// connection as it was.
func TestSlowBody(t *testing.T) {
	t.Parallel()
	within := time.Minute
	srv := httptest.NewServer(Mount([]Route{{Pattern: "POST /{$}", Handler: func(w http.ResponseWriter, r *http.Request) error {
		if r.Header.Get("X-Slow") != "" {
			within = 20 * time.Millisecond
		}
		body, err := readWithin(w, r, 1<<20, within)
		if err != nil {
			return err
		}
		w.Write(body)
		return nil
	}}}, Problem{}))
	defer srv.Close()
	conn, err := net.Dial("tcp", srv.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	in := bufio.NewReader(conn)
	for _, c := range []struct {
		sent string
		want int
	}{
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nwhole", 200},
		{"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nagain", 200},
		{"POST / HTTP/1.1\r\nHost: x\r\nX-Slow: 1\r\nContent-Length: 5\r\n\r\nha", 408},
	} {
		if _, err := conn.Write([]byte(c.sent)); err != nil {
			t.Fatal(err)
		}
		res, err := http.ReadResponse(in, nil)
		if err != nil {
			t.Fatal(err)
		}
		body := new(strings.Builder)
		if _, err := bufio.NewReader(res.Body).WriteTo(body); err != nil || res.StatusCode != c.want {
			t.Errorf("%d %s %v, want %d", res.StatusCode, body, err, c.want)
		}
	}
	if Status(fault.From(ErrSlowBody)) != 408 {
		t.Error("the status of a slow body")
	}
}
