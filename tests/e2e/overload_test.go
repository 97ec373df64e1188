package e2e

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestOverload asks a server for more than it is allowed to make wait: what was let in
// is done, what was refused left nothing behind, both together are what was asked, and
// health checks are always answered. `make proof P=overload` measures.
func TestOverload(t *testing.T) {
	t.Parallel()
	p := start(t, []string{"PLINTH_LIMITS_DATABASE_WAIT=1ms", "PLINTH_LIMITS_PROCESSOR_WAIT=0s"},
		"dev", "--project", mustAbs(t, "testdata/soak"), "--data", t.TempDir(), "--listen", "127.0.0.1:0", "--log", "error")
	const clients = 160 // more than always get in: 64 for the writer
	web := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: clients}}
	defer web.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	s := &soak{ctx: ctx, started: time.Now(), web: web}
	s.url.Store(&p.url)
	w := &soakWriter{soak: s, random: rand.New(rand.NewPCG(1, 1))}
	if err := w.signUp(); err != nil {
		t.Fatal(err)
	}
	var next, in, refused atomic.Int64
	enough := func() bool { return in.Load() >= 200 && refused.Load() >= 200 || ctx.Err() != nil }
	var all sync.WaitGroup
	for range clients {
		all.Go(func() {
			for !enough() {
				status, after, body := s.ask(t, p.url, w.token, fmt.Sprintf(`{"id":%d,"body":"x"}`, next.Add(1)))
				switch {
				case status == http.StatusCreated:
					in.Add(1)
				case status == http.StatusServiceUnavailable && strings.Contains(body, `"overloaded"`) && after >= "1" && after <= "3":
					refused.Add(1)
				default:
					t.Errorf("%d, after %q: %s", status, after, body)
					cancel()
				}
			}
		})
	}
	health := 0
	for !enough() {
		res, err := web.Get(p.url + "/healthz")
		if err != nil {
			t.Errorf("health: %v", err)
			break
		}
		res.Body.Close()
		if health++; res.StatusCode != http.StatusOK {
			t.Errorf("health: %d", res.StatusCode)
		}
	}
	all.Wait()
	if in.Load() < 200 || refused.Load() < 200 || in.Load()+refused.Load() != next.Load() || health == 0 {
		t.Fatalf("%d asked: %d let in, %d refused; %d health checks", next.Load(), in.Load(), refused.Load(), health)
	}
	got := s.secretly(t, p.url+"/metrics", "")
	if line := fmt.Sprintf("plinth_refused_total{for=\"database\"} %d\n", refused.Load()); !strings.Contains(got, line) {
		t.Errorf("the metrics do not say %s", line)
	}
	if rows := s.secretly(t, p.url+"/rest/v1/notes?select=id&limit=1", "count=exact"); !strings.HasSuffix(rows, fmt.Sprintf("/%d", in.Load())) {
		t.Errorf("%d rows were let in; there are %s", in.Load(), rows)
	}
	t.Logf("%d let in, %d refused, %d health checks", in.Load(), refused.Load(), health)
}

// ask writes a row.
func (s *soak) ask(t *testing.T, url, token, body string) (status int, after, answer string) {
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/rest/v1/notes", strings.NewReader(body))
	if err != nil {
		return 0, "", err.Error()
	}
	req.Header.Set("Apikey", localPublishable)
	req.Header.Set("Authorization", "Bearer "+token)
	req.Header.Set("Content-Type", "application/json")
	res, err := s.web.Do(req)
	if err != nil {
		return 0, "", err.Error()
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		return 0, "", err.Error()
	}
	return res.StatusCode, res.Header.Get("Retry-After"), string(text)
}

// secretly gets a page with the secret key; with a preference, its Content-Range.
func (s *soak) secretly(t *testing.T, url, prefer string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", localSecret)
	if prefer != "" {
		req.Header.Set("Prefer", prefer)
	}
	res, err := s.web.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	if prefer != "" {
		return res.Header.Get("Content-Range")
	}
	return string(text)
}
