package realtime_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime"
)

func TestStats(t *testing.T) {
	t.Parallel()
	w := open(t, rooms, nil)
	ann, bob, again := w.listener(1, "talk"), w.listener(2, "talk"), w.listener(2, "talk")
	weighed := w.listener(3, "weighed")
	w.exec(db.Owner, `insert into members values (1, '`+uid(1)+`'), (1, '`+uid(2)+`')`)
	w.exec(db.Owner, `insert into talk values (1, 1, 'x')`)
	ann.inserted(1)
	bob.inserted(1)
	again.inserted(1)
	w.exec(db.Owner, `insert into weighed values (1, '`+uid(3)+`')`)
	weighed.inserted(1)
	weighed.quiet()
	get := func(key string) (int, realtime.Stats) {
		resp, err := http.Get(w.srv.URL + "/api/stats?apikey=" + key)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var s realtime.Stats
		if err := json.NewDecoder(resp.Body).Decode(&s); err != nil {
			t.Fatal(err)
		}
		return resp.StatusCode, s
	}
	if code, _ := get(w.token(1, time.Hour)); code != http.StatusForbidden {
		t.Errorf("a user: status %d", code)
	}
	resp, err := http.Get(w.srv.URL + "/api/tenants/any/health?apikey=service_role")
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var health struct{ Data map[string]any }
	if err := json.NewDecoder(resp.Body).Decode(&health); err != nil || health.Data["healthy"] != true || health.Data["connected_cluster"] != 4.0 {
		t.Errorf("health: %v %v", health, err)
	}
	code, s := get("service_role")
	if code != 200 || s.Sockets != 4 || s.Channels != 4 || s.Topics != 1 || s.Subscriptions != 4 || s.Groups != 3 || s.RosterRows != 2 || s.RosterSlices != 1 ||
		s.Changes < 4 || s.Asked != 1 || s.Sent != 4 || s.Failed != 0 || s.Frames == 0 || s.Dropped != 0 ||
		!strings.Contains(s.Asks["public.weighed as authenticated"], "subquery") {
		t.Errorf("status %d, %+v", code, s)
	}
}

// What happens on the whole server is limited beside what each socket does.
func TestServerLimits(t *testing.T) {
	t.Parallel()
	w := open(t, "", func(c *realtime.Config) { c.MaxServerJoins, c.MaxServerEvents = 1, 1 })
	a, b := w.dial("vsn=2.0.0&apikey=anon"), w.dial("vsn=2.0.0&apikey=anon")
	refused := 0
	for range 3 { // a second may end in between, but not two
		for _, c := range []*client{a, b} {
			c.say(`["1","1","realtime:r","phx_join",{"config":{"presence":{"enabled":false}}}]`)
			_, got := c.read()
			if strings.Contains(string(got), "phx_close") {
				_, got = c.read()
			}
			if strings.Contains(string(got), "ClientJoinRateLimitReached: Too many joins per second") {
				refused++
			}
		}
	}
	if refused == 0 {
		t.Error("no join was refused")
	}
	codes := map[int]int{}
	for range 5 {
		resp, err := http.Post(w.srv.URL+"/api/broadcast/r/events/e?apikey=service_role", "application/json", strings.NewReader("{}"))
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		codes[resp.StatusCode]++
	}
	if codes[http.StatusTooManyRequests] == 0 || codes[http.StatusAccepted] == 0 {
		t.Errorf("broadcasts were answered %v, want some 202 and some 429", codes)
	}
}
