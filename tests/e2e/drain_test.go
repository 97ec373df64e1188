package e2e

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSigtermDrains: a request under way is finished, a socket is told to come back
// elsewhere, nobody new is let in, and the exit code is 0.
func TestSigtermDrains(t *testing.T) {
	t.Parallel()
	data := t.TempDir()
	p := dev(t, "testdata/ledger", data)
	socket := openSocket(t, p)
	owner := signUp(t, p)

	body, write := io.Pipe()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/rest/v1/entries", body)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("Expect", "100-continue") // the server asks for the body once it is at work
	atWork := make(chan struct{})
	req = req.WithContext(httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{Got100Continue: func() { close(atWork) }}))
	web := &http.Client{Transport: &http.Transport{ExpectContinueTimeout: patience}, Timeout: patience}

	go func() {
		<-atWork
		p.cmd.Process.Signal(syscall.SIGTERM)
		p.log.wait(func(line string) bool { return strings.Contains(line, `"draining"`) })
		io.WriteString(write, `[{"owner": "`+owner+`", "batch": 1, "half": 1}, {"owner": "`+owner+`", "batch": 1, "half": 2}]`)
		write.Close()
	}()
	res, err := web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusCreated {
		t.Errorf("the request under way: status %d, want 201", res.StatusCode)
	}
	if err := p.wait(); err != nil {
		t.Errorf("SIGTERM: %v, want exit code 0", err)
	}
	if _, err := io.ReadAll(socket); err != nil && !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("the socket: %v, want its end", err)
	}
	if _, err := http.Get(p.url + "/healthz"); err == nil {
		t.Error("the server still answers")
	}

	again := dev(t, "testdata/ledger", data)
	var batches []struct{ Batch, Halves int }
	get(t, again.url+"/rest/v1/batches", localSecret, &batches)
	if len(batches) != 1 || batches[0].Halves != 2 {
		t.Errorf("batches = %v, want the one that was under way", batches)
	}
	again.stop(t)
}

// openSocket returns an open WebSocket of the realtime room.
func openSocket(t *testing.T, p *process) net.Conn {
	t.Helper()
	u, err := url.Parse(p.url)
	if err != nil {
		t.Fatal(err)
	}
	conn, err := net.Dial("tcp", u.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	conn.SetDeadline(time.Now().Add(patience))
	io.WriteString(conn, "GET /realtime/v1/websocket?vsn=2.0.0&apikey="+localPublishable+" HTTP/1.1\r\nHost: "+u.Host+
		"\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n")
	head := make([]byte, 12)
	if _, err := io.ReadFull(conn, head); err != nil || string(head) != "HTTP/1.1 101" {
		t.Fatalf("upgrade: %q, %v", head, err)
	}
	return conn
}

// signUp makes a person and returns their id.
func signUp(t *testing.T, p *process) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, p.url+"/auth/v1/signup", strings.NewReader(`{"email":"ann@example.com","password":"correct horse"}`))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localPublishable)
	req.Header.Set("Content-Type", "application/json")
	var out struct{ User struct{ ID string } }
	if code := send(t, req, &out); code != http.StatusOK || out.User.ID == "" {
		t.Fatalf("sign-up: status %d, %+v", code, out)
	}
	return out.User.ID
}
