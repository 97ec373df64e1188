package examples

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth"
	"github.com/plinth-dev/plinth/internal/token"
)

// The keys of every local project.
const (
	anonKey     = "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH"
	localSecret = "super-secret-jwt-token-with-at-least-32-characters-long"
)

// serve runs a project until the test's end; db "" is SQLite.
func serve(t *testing.T, project, db string) string {
	t.Helper()
	srv, err := plinth.Open(context.Background(), plinth.Config{
		Project: project, Data: t.TempDir(), DB: db, Listen: "127.0.0.1:0", Dev: true,
		Getenv: func(string) string { return "" }, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(srv.Handler())
	t.Cleanup(func() {
		web.Close()
		if err := srv.Close(); err != nil {
			t.Error(err)
		}
	})
	return web.URL
}

// play asks everything of a transcript.
func play(t *testing.T, url string, tr *transcript) *transcript {
	t.Helper()
	key := token.NewHS256(localSecret)
	ring, err := token.NewKeyring(key)
	if err != nil {
		t.Fatal(err)
	}
	out := &transcript{actors: tr.actors}
	for _, s := range tr.steps {
		who, rest, _ := strings.Cut(s.request, " ")
		s.answer = ask(t, url, rest, bearer(t, ring, tr.claims(t, who)))
		out.steps = append(out.steps, s)
	}
	return out
}

// bearer is the token of an actor, "" for nobody.
func bearer(t *testing.T, ring *token.Keyring, claims string) string {
	t.Helper()
	if claims == "" {
		return ""
	}
	all := map[string]any{"role": "authenticated", "aud": "authenticated", "exp": time.Now().Add(time.Hour).Unix()}
	if err := json.Unmarshal([]byte(claims), &all); err != nil {
		t.Fatal(err)
	}
	signed, err := ring.Sign(all)
	if err != nil {
		t.Fatal(err)
	}
	return signed
}

// ask sends "METHOD path body" and returns "status body" on one line.
func ask(t *testing.T, url, request, bearer string) string {
	t.Helper()
	method, rest, _ := strings.Cut(request, " ")
	path, body, _ := strings.Cut(rest, " ")
	req, err := http.NewRequestWithContext(t.Context(), method, url+path, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("apikey", anonKey)
	if bearer != "" {
		req.Header.Set("Authorization", "Bearer "+bearer)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	if method == http.MethodPost || method == http.MethodPatch || method == http.MethodDelete {
		req.Header.Set("Prefer", "return=representation")
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(path, "/rest/") {
		answer = nil // it has tokens, ids and times of the moment
	}
	return strings.TrimSpace(fmt.Sprintf("%d %s", resp.StatusCode, strings.ReplaceAll(string(answer), "\n", " ")))
}
