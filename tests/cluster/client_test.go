package cluster

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/tests/cluster/history"
)

// call asks the cluster through the proxy, on a connection of its own.
func call(ctx context.Context, url, method, body string) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	return ask(ctx, url, method, body)
}

// ask is call for what may take longer, such as a sign-up, whose password is hashed.
func ask(ctx context.Context, url, method, body string) (status int, answer []byte, err error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, strings.NewReader(body))
	if err != nil {
		return 0, nil, err
	}
	req.Header.Set("Apikey", publishable)
	req.Header.Set("Content-Type", "application/json")
	req.Close = true
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	answer, err = io.ReadAll(res.Body)
	return res.StatusCode, answer, err
}

// writer writes rows one after the other and reads each that was acknowledged, until ctx
// ends.
func writer(ctx context.Context, url string, client int, h *history.History) {
	for n := 1; ctx.Err() == nil; n++ {
		row := history.Row{Client: client, N: n}
		status, _, err := call(context.WithoutCancel(ctx), url+"/rest/v1/rows", "POST", fmt.Sprintf(`{"client":%d,"n":%d}`, client, n))
		w := history.Write{Client: client, N: n, Outcome: history.Unknown}
		switch {
		case err == nil && status == http.StatusCreated:
			w.Outcome = history.Acknowledged
		case err == nil && status >= 400 && status < 500:
			w.Outcome = history.Refused
		}
		h.Wrote(w)
		if w.Outcome != history.Acknowledged {
			rest(ctx, 100*time.Millisecond) // the server is away
			continue
		}
		status, answer, err := call(ctx, fmt.Sprintf("%s/rest/v1/rows?client=eq.%d&n=eq.%d", url, client, n), "GET", "")
		if err == nil && status == http.StatusOK && bytes.Equal(bytes.TrimSpace(answer), []byte("[]")) {
			h.Missed(row)
		}
		rest(ctx, rand.N(100*time.Millisecond))
	}
}

func rest(ctx context.Context, d time.Duration) {
	select {
	case <-ctx.Done():
	case <-time.After(d):
	}
}

// watcher listens for rows, at its node while that answers, else wherever there is one.
// It either remembers up to where it was told, or has a session, and the nodes must know.
type watcher struct {
	name    string
	addrs   func() []string // its own node's first
	url     string
	h       *history.History
	base    int // of the clients that it hears
	session string
	begun   bool
	since   string
}

// run listens until ctx ends, and comes back as often as it must.
func (w *watcher) run(ctx context.Context) {
	for ctx.Err() == nil {
		for _, addr := range w.addrs() {
			s, err := dialSession(addr, w.session)
			if err != nil {
				continue
			}
			stop := context.AfterFunc(ctx, func() { s.nc.Close() })
			w.listen(ctx, s)
			stop()
			s.nc.Close()
			break
		}
		rest(ctx, 200*time.Millisecond)
	}
}

// listen follows one connection until it fails.
func (w *watcher) listen(ctx context.Context, s *socket) {
	config := map[string]any{"postgres_changes": []any{map[string]string{"event": "INSERT", "schema": "public", "table": "rows"}}}
	if w.session == "" {
		config["since"] = w.since
	}
	if s.say("1", "1", "realtime:rows", "phx_join", map[string]any{"config": config}) != nil {
		return
	}
	beating, stop := context.WithCancel(ctx)
	defer stop()
	go s.beat(beating) // its answer keeps hear from giving up
	for ctx.Err() == nil {
		f, err := s.hear(6 * time.Second)
		if err != nil || !w.take(ctx, f) {
			return
		}
	}
}

// take handles a frame; it is false where the connection is of no use.
func (w *watcher) take(ctx context.Context, f frame) bool {
	var p struct {
		Status, Extension, Message, Position string
		Response                             struct{ Position string }
		Data                                 struct{ Record history.Row }
	}
	if f.topic != "realtime:rows" || json.Unmarshal(f.payload, &p) != nil {
		return true
	}
	switch {
	case f.event == "phx_reply" && p.Status != "ok", f.event == "phx_error", f.event == "phx_close":
		return false
	case f.event == "phx_reply" && (!w.begun || w.session == "" && w.since == ""): // new: what was there before it
		if !w.fetch(ctx) {
			return false
		}
		w.since, w.begun = p.Response.Position, true
	case f.event == "system" && p.Extension == "resume" && strings.Contains(p.Message, "fetch again"):
		w.since, w.begun = "", false // until it is fetched
		if !w.fetch(ctx) {
			return false
		}
		w.begun = true
	case f.event == "system" && p.Status != "ok":
		return false
	case f.event == "postgres_changes":
		w.h.Saw(w.name, history.Event{Told: &p.Data.Record})
		w.since = p.Position
	}
	return true
}

// fetch reads what there is, as an app does that was told to.
func (w *watcher) fetch(ctx context.Context) bool {
	for ctx.Err() == nil {
		status, answer, err := call(ctx, fmt.Sprintf("%s/rest/v1/rows?client=gte.%d", w.url, w.base), "GET", "")
		var rows []history.Row
		if err == nil && status == http.StatusOK && json.Unmarshal(answer, &rows) == nil {
			found := make(map[history.Row]bool, len(rows))
			for _, r := range rows {
				found[r] = true
			}
			w.h.Saw(w.name, history.Event{Fetched: found})
			return true
		}
		rest(ctx, 200*time.Millisecond)
	}
	return false
}
