package auth_test

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/auth"
	"github.com/plinth-dev/plinth/internal/auth/signing"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// A rotation signs nobody out, on no node; a revocation signs out at once.
func TestRotation(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	other := &token.Keyring{} // of another node
	far := s.keeper(other)
	old := access(s.want(200, "POST", "/signup", "", ann))
	keys := func() (ids map[string]string) {
		ids = map[string]string{}
		for _, k := range s.want(200, "GET", "/admin/signing-keys", s.service(), "")["keys"].([]any) {
			ids[k.(object)["status"].(string)] = k.(object)["id"].(string)
		}
		return ids
	}
	first := keys()
	s.want(200, "POST", "/admin/signing-keys/rotate", s.service(), "")
	then := keys()
	if then["current"] != first["standby"] || then["previous"] != first["current"] || then["standby"] == "" {
		t.Errorf("after a rotation %v, before %v", then, first)
	}
	fresh := access(s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`))
	for _, tok := range []string{old, fresh} {
		for name, ring := range map[string]*token.Keyring{"this node": s.ring, "another node": other} {
			if _, err := ring.Verify(tok, s.now); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
	s.refused("signing_key_in_use", 409, "DELETE", "/admin/signing-keys/"+then["current"], s.service(), "")
	s.refused("signing_key_not_found", 404, "DELETE", "/admin/signing-keys/none", s.service(), "")
	s.want(200, "DELETE", "/admin/signing-keys/"+then["previous"], s.service(), "")
	if err := far.Reload(t.Context()); err != nil {
		t.Fatal(err)
	}
	for name, ring := range map[string]*token.Keyring{"this node": s.ring, "another node": other} {
		if _, err := ring.Verify(old, s.now); err == nil {
			t.Errorf("%s: a token of a revoked key is good", name)
		}
		if _, err := ring.Verify(fresh, s.now); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, alg := range []string{"RS256", "EdDSA", "HS256", "ES256"} {
		s.want(200, "POST", "/admin/signing-keys", s.service(), `{"algorithm":"`+alg+`"}`)
		if got := s.want(200, "POST", "/admin/signing-keys/rotate", s.service(), ""); got["algorithm"] != alg || got["status"] != "current" {
			t.Errorf("rotated to %v", got)
		}
		if _, err := other.Verify(s.service(), s.now.Add(2*time.Second)); err != nil {
			if err := far.Reload(t.Context()); err != nil { // it looks once a second
				t.Fatal(err)
			}
			if _, err := other.Verify(s.service(), s.now); err != nil {
				t.Errorf("%s: %v", alg, err)
			}
		}
	}
	s.refused("validation_failed", 400, "POST", "/admin/signing-keys", s.service(), `{"algorithm":"none"}`)
	s.refused("not_admin", 403, "POST", "/admin/signing-keys/rotate", fresh, "")
	if n := s.count("select count(*) from auth.signing_keys where status = 'revoked' and jwk <> ''"); n != 0 {
		t.Error("a revoked key keeps its private part")
	}
}

func TestKeysOfAFile(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	one, err := token.NewKey("RS256")
	if err != nil {
		t.Fatal(err)
	}
	private, err := one.MarshalJWK()
	if err != nil {
		t.Fatal(err)
	}
	ring := &token.Keyring{}
	file := func(text string) error {
		_, err := signing.Open(t.Context(), signing.Config{
			DB: s.db, Log: slog.New(slog.DiscardHandler), File: []byte(text),
			OnChange: func(current *token.Key, others []*token.Key) error { return ring.Replace(current, others...) },
		})
		return err
	}
	if err := file("[" + string(private) + "]"); err != nil {
		t.Fatal(err)
	}
	if tok, err := ring.Sign(object{"sub": "x"}); err != nil || !strings.Contains(string(ring.JWKS()), one.ID) {
		t.Errorf("signed %s, %v", tok, err)
	}
	for _, bad := range []string{`{}`, `[]`, `[{"kty":"oct"}]`, `x`} {
		if err := file(bad); err == nil {
			t.Errorf("%s was taken", bad)
		}
	}
}

func TestPublicKeysAreCached(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	get := func(tag string) *httptest.ResponseRecorder {
		r := httptest.NewRequest("GET", "/.well-known/jwks.json", nil)
		r.Header.Set("If-None-Match", tag)
		w := httptest.NewRecorder()
		s.h.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{}))
		return w
	}
	w := get("")
	tag := w.Header().Get("ETag")
	if w.Code != 200 || tag == "" || w.Header().Get("Cache-Control") != "public, max-age=600" {
		t.Errorf("keys: %d %v", w.Code, w.Header())
	}
	if w := get(tag); w.Code != 304 || w.Body.Len() != 0 {
		t.Errorf("again: %d %s", w.Code, w.Body)
	}
	s.want(200, "POST", "/admin/signing-keys/rotate", s.service(), "")
	if w := get(tag); w.Code != 200 || w.Header().Get("ETag") == tag {
		t.Errorf("after a rotation: %d", w.Code)
	}
}

func TestSessionsEnd(t *testing.T) {
	t.Parallel()
	s := open(t, func(c *auth.Config) { c.Timebox, c.Inactivity = 10*time.Hour, 3*time.Hour })
	tok := refresh(s.want(200, "POST", "/signup", "", ann))
	expired := func(what string) {
		t.Helper()
		if code, got := s.renew(tok); code != 400 || got["code"] != "session_expired" {
			t.Errorf("%s: %d %v", what, code, got)
		}
	}
	for range 4 {
		s.now = s.now.Add(149 * time.Minute)
		code, got := s.renew(tok)
		if code != 200 {
			t.Fatalf("in use: %d %v", code, got)
		}
		tok = refresh(got)
	}
	s.now = s.now.Add(5 * time.Minute)
	expired("after its time")
	if err := s.room.Sweep(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := s.count("select count(*) from auth.sessions"); n != 0 {
		t.Errorf("%d sessions are kept", n)
	}
	tok = refresh(s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`))
	s.now = s.now.Add(181 * time.Minute)
	expired("idle")
	one := open(t, func(c *auth.Config) { c.SingleSession = true })
	before := one.want(200, "POST", "/signup", "", ann)
	after := one.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
	if code, _ := one.renew(refresh(before)); code != 400 {
		t.Error("the session before lives on")
	}
	if code, _ := one.renew(refresh(after)); code != 200 {
		t.Error("the last session has ended")
	}
}

func TestDevices(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	one := access(s.want(200, "POST", "/signup", "", ann))
	two := s.want(200, "POST", "/token?grant_type=password", "", `{"email":"ann@example.com","password":"correct horse"}`)
	list := s.want(200, "GET", "/user/sessions", one, "")["sessions"].([]any)
	if len(list) != 2 {
		t.Fatalf("sessions = %v", list)
	}
	bob := access(s.want(200, "POST", "/signup", "", `{"email":"bob@example.com","password":"correct horse"}`))
	for _, d := range list {
		d := d.(object)
		if d["current"] == true {
			continue
		}
		s.refused("session_not_found", 404, "DELETE", "/user/sessions/"+d["id"].(string), bob, "")
		s.want(204, "DELETE", "/user/sessions/"+d["id"].(string), one, "")
		s.refused("session_not_found", 404, "DELETE", "/user/sessions/"+d["id"].(string), one, "")
	}
	if code, _ := s.renew(refresh(two)); code != 400 {
		t.Error("the session lives on")
	}
	s.want(200, "GET", "/user", one, "")
}

// dropper passes requests on and loses answers while told so, as a tunnel does.
type dropper struct {
	lose  atomic.Bool
	asked chan struct{}
}

func (d *dropper) serve(t *testing.T, ln net.Listener, to string) {
	for {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		go func() {
			defer c.Close()
			req, err := http.ReadRequest(bufio.NewReader(c))
			if err != nil {
				return
			}
			req.RequestURI, req.URL.Scheme, req.URL.Host = "", "http", to
			res, err := http.DefaultTransport.RoundTrip(req)
			if err != nil {
				t.Error(err)
				return
			}
			defer res.Body.Close()
			text, err := io.ReadAll(res.Body)
			if err != nil {
				t.Error(err)
			}
			if d.lose.Load() {
				d.asked <- struct{}{}
				return
			}
			res.Body, res.Close = io.NopCloser(strings.NewReader(string(text))), true
			_ = res.Write(c)
		}()
	}
}

// A phone whose answers are lost on the way, time after time, gets the same new token
// in the end, and goes on with it.
func TestAnswersAreLost(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	first := refresh(s.want(200, "POST", "/signup", "", ann))
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.h.ServeHTTP(w, wire.WithIdentity(r, &wire.Identity{Session: db.Session{Role: "anon"}}))
	}))
	defer srv.Close()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer ln.Close()
	d := &dropper{asked: make(chan struct{}, 10)}
	go d.serve(t, ln, srv.Listener.Addr().String())
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	ask := func(tok string) (string, error) {
		req, err := http.NewRequestWithContext(context.Background(), "POST", "http://"+ln.Addr().String()+"/token?grant_type=refresh_token", strings.NewReader(`{"refresh_token":"`+tok+`"}`))
		if err != nil {
			t.Fatal(err)
		}
		req.GetBody = nil // the client must not try again by itself
		res, err := client.Do(req)
		if err != nil {
			return "", err
		}
		defer res.Body.Close()
		var out object
		if err := json.NewDecoder(res.Body).Decode(&out); err != nil || res.StatusCode != 200 {
			t.Fatalf("%d %v %v", res.StatusCode, out, err)
		}
		return refresh(out), nil
	}
	tok := first
	for round := range 3 {
		d.lose.Store(true)
		for range 3 {
			if _, err := ask(tok); err == nil {
				t.Fatal("the answer was not lost")
			}
			<-d.asked
			s.now = s.now.Add(time.Hour)
		}
		d.lose.Store(false)
		next, err := ask(tok)
		if err != nil || next == tok {
			t.Fatalf("round %d: %v", round, err)
		}
		again, err := ask(tok)
		if err != nil || again != next {
			t.Errorf("round %d: another token the second time, %v", round, err)
		}
		tok = next
	}
	if n := s.count("select count(*) from auth.sessions"); n != 1 {
		t.Errorf("%d sessions", n)
	}
}

// A hundred refreshes of one token at once, of an app with many tabs, give one token.
func TestManyRefreshesAtOnce(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	tok := refresh(s.want(200, "POST", "/signup", "", ann))
	var mu sync.Mutex
	next := map[string]int{}
	var wg sync.WaitGroup
	for range 100 {
		wg.Go(func() {
			code, got := s.renew(tok)
			mu.Lock()
			defer mu.Unlock()
			if code != 200 {
				t.Errorf("refresh = %d %v", code, got)
				return
			}
			next[refresh(got)]++
		})
	}
	wg.Wait()
	if len(next) != 1 {
		t.Errorf("%d tokens", len(next))
	}
}

// Many sign-ups of one address at once make one account, and tell the others.
func TestDoubleSignUp(t *testing.T) {
	t.Parallel()
	s := open(t, nil)
	var made, told atomic.Int32
	var wg sync.WaitGroup
	for range 10 {
		wg.Go(func() {
			switch code, got := s.call("POST", "/signup", "", ann); {
			case code == 200:
				made.Add(1)
			case code == 422 && got["code"] == "user_already_exists":
				told.Add(1)
			default:
				t.Errorf("signup = %d %v", code, got)
			}
		})
	}
	wg.Wait()
	if made.Load() != 1 || told.Load() != 9 {
		t.Errorf("%d made, %d told", made.Load(), told.Load())
	}
	if n := s.count("select count(*) from auth.identities"); n != 1 {
		t.Errorf("%d identities", n)
	}
}
