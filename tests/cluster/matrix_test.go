package cluster

import (
	"encoding/json"
	"fmt"
	"net/http"
	"syscall"
	"testing"
	"time"
)

// fault is one line of the matrix: it breaks something, and mends it.
type fault struct {
	name  string
	brief bool // of the short form, too
	do    func(*round)
}

// matrix: what breaks, in this order. The fail-over is the last, since there is one
// replica.
var matrix = []fault{
	{"nothing", false, func(r *round) { r.due(); r.progress() }},
	{"kill a node", false, func(r *round) {
		n := r.other()
		n.kill()
		r.due()
		r.progress()
		r.gather("after a node was killed", together(r.all(n)))
		n.start()
		n.ready()
	}},
	{"kill the leader", true, func(r *round) {
		n := r.leader()
		n.kill()
		r.due()
		r.progress()
		r.gather("after the leader was killed", together(r.all(n)))
		n.start()
		n.ready()
	}},
	{"restart Postgres", false, func(r *round) {
		r.due()
		if err := r.primary.Crash(); err != nil {
			r.t.Fatal(err)
		}
		if err := r.primary.Restart(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
	}},
	{"a cut route", true, func(r *round) {
		lead, other := r.leader(), r.other()
		third := r.all(lead, other)[0]
		r.due()
		r.gates.cut(lead, other)
		// Each sees whom it hears; the third one hears both.
		r.gather("while the route is cut", map[*node][]*node{lead: {lead, third}, other: {other, third}, third: r.nodes})
		r.progress()
		r.gates.mend()
		r.gather("after the route was mended", together(r.nodes))
	}},
	{"a node cut off", false, func(r *round) {
		n := r.leader()
		for _, other := range r.all(n) {
			r.gates.cut(n, other)
		}
		r.due()
		r.gather("while a node is cut off", map[*node][]*node{n: {n}, r.all(n)[0]: r.all(n), r.all(n)[1]: r.all(n)})
		r.progress()
		r.gates.mend()
	}},
	{"a clock a minute ahead", true, func(r *round) { skewed(r, r.leader(), time.Minute) }},
	{"a clock a minute behind", false, func(r *round) { skewed(r, r.other(), -time.Minute) }},
	{"a slow node", false, func(r *round) { slow(r, r.other(), 8*time.Second) }},
	{"a slow leader", false, func(r *round) { slow(r, r.leader(), 8*time.Second) }},
	{"pause a node", false, func(r *round) { paused(r, r.other(), 20*time.Second) }},
	{"pause the leader", false, func(r *round) { paused(r, r.leader(), 20*time.Second) }},
	{"a rolling restart", false, func(r *round) {
		for _, n := range r.nodes {
			r.due()
			n.signal(syscall.SIGTERM)
			if code := n.wait(); code != 0 {
				r.t.Errorf("node %s ended with %d", n.name, code)
			}
			n.start()
			n.ready()
			r.ran()
		}
	}},
	{"kill the replica", false, func(r *round) {
		// Answers wait for the replica, as they must while it is to take over.
		r.exec(`alter system reset synchronous_standby_names`)
		r.exec(`select pg_reload_conf()`)
		if err := r.follower.Crash(); err != nil {
			r.t.Fatal(err)
		}
		r.due()
		r.progress()
		if err := r.follower.Restart(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		r.exec(`alter system set synchronous_standby_names = '*'`)
		r.exec(`select pg_reload_conf()`)
	}},
	{"fail over to the replica", true, func(r *round) {
		if err := r.primary.Crash(); err != nil {
			r.t.Fatal(err)
		}
		if err := r.follower.Promote(r.t.Context()); err != nil {
			r.t.Fatal(err)
		}
		r.primary, r.follower = r.follower, nil
		r.due()
	}},
}

// slow gives a node a fifth of the time.
func slow(r *round, n *node, total time.Duration) {
	r.due()
	for end := time.Now().Add(total); time.Now().Before(end); {
		n.signal(syscall.SIGSTOP)
		pass(r.t, 400*time.Millisecond)
		n.signal(syscall.SIGCONT)
		pass(r.t, 100*time.Millisecond)
	}
}

// paused stops a node and lets it go on.
func paused(r *round, n *node, d time.Duration) {
	n.signal(syscall.SIGSTOP)
	r.due()
	pass(r.t, d)
	r.gather("while a node stands still", together(r.all(n)))
	n.signal(syscall.SIGCONT)
}

// skewed moves a node's clock, lets people sign in at each node and use what they got at
// every other one, and sets it right.
func skewed(r *round, n *node, d time.Duration) {
	if err := n.clock.move(d); err != nil {
		r.t.Fatal(err)
	}
	r.due()
	r.progress()
	for i, at := range r.nodes {
		person := fmt.Sprintf(`{"email":"round%d-%d@example.com","password":"correct horse"}`, r.base, i)
		status, answer, err := ask(r.t.Context(), "http://"+at.addr+"/auth/v1/signup", "POST", person)
		var session struct {
			AccessToken string `json:"access_token"`
		}
		if err != nil || status != http.StatusOK || json.Unmarshal(answer, &session) != nil {
			r.t.Fatalf("node %s: a sign-up is answered %d %s, %v", at.name, status, answer, err)
		}
		for _, other := range r.nodes {
			if status := whoami(r.t, other, session.AccessToken); status != http.StatusOK {
				r.t.Errorf("node %s answers %d to a token of node %s", other.name, status, at.name)
			}
		}
	}
	r.ran()
	if err := n.clock.move(0); err != nil {
		r.t.Fatal(err)
	}
}

func whoami(t *testing.T, n *node, token string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+n.addr+"/auth/v1/user", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Apikey", publishable)
	req.Header.Set("Authorization", "Bearer "+token)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	return res.StatusCode
}

// TestFaults: under each fault no acknowledged write is lost, every watcher of every node
// is told each change once and in order or to fetch again, a read shows what was
// acknowledged before it, everybody sees who is present at the nodes that his own one
// hears and nobody else, and a schedule's time comes once.
func TestFaults(t *testing.T) {
	t.Parallel()
	f := newFleet(t)
	for _, fault := range matrix {
		if !whole && !fault.brief {
			continue
		}
		t.Run(fault.name, func(t *testing.T) {
			r := f.begin(t)
			fault.do(r)
			r.progress()
			r.end()
		})
		if t.Failed() {
			return // what follows would tell of the same
		}
	}
}
