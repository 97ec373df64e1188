package cluster

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/tests/cluster/history"
)

// guest is present at one node, whatever becomes of it, and keeps a list of who else is.
type guest struct {
	name string
	addr string
	h    *history.History

	mu   sync.Mutex
	roll history.Roll // nil while it is not connected
}

// run stays until ctx ends.
func (g *guest) run(ctx context.Context) {
	for ctx.Err() == nil {
		if s, err := dial(g.addr); err == nil {
			stop := context.AfterFunc(ctx, func() { s.nc.Close() })
			g.visit(ctx, s)
			stop()
			s.nc.Close()
		}
		g.mu.Lock()
		g.roll = nil
		g.mu.Unlock()
		rest(ctx, 200*time.Millisecond)
	}
}

// visit follows one connection until it fails.
func (g *guest) visit(ctx context.Context, s *socket) {
	config := map[string]any{"presence": map[string]any{"enabled": true, "key": g.name}}
	track := map[string]any{"type": "presence", "event": "track", "payload": map[string]any{}}
	if s.say("1", "1", "realtime:lobby", "phx_join", map[string]any{"config": config}) != nil || s.say("1", "2", "realtime:lobby", "presence", track) != nil {
		return
	}
	beating, stop := context.WithCancel(ctx)
	defer stop()
	go s.beat(beating)
	for ctx.Err() == nil {
		f, err := s.hear(6 * time.Second)
		if err != nil || f.topic == "realtime:lobby" && !g.take(f) {
			return
		}
	}
}

// take handles a frame; it is false where the connection is of no use.
func (g *guest) take(f frame) bool {
	type metas map[string]struct {
		Metas []struct {
			Ref string `json:"phx_ref"`
		}
	}
	rollOf := func(m metas) history.Roll {
		out := history.Roll{}
		for name, list := range m {
			for _, meta := range list.Metas {
				out[meta.Ref] = name
			}
		}
		return out
	}
	var p history.Presence
	switch f.event {
	case "presence_state":
		var m metas
		if json.Unmarshal(f.payload, &m) != nil {
			return false
		}
		p.State = rollOf(m)
	case "presence_diff":
		var diff struct{ Joins, Leaves metas }
		if json.Unmarshal(f.payload, &diff) != nil {
			return false
		}
		p.Joins, p.Leaves = rollOf(diff.Joins), rollOf(diff.Leaves)
	case "phx_error", "phx_close":
		return false
	default:
		return true
	}
	g.h.Heard(g.name, p)
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.roll == nil {
		g.roll = history.Roll{}
	}
	g.roll.Apply(p)
	return true
}

// sees are those who are present, as far as it was told; nil while it is not connected.
func (g *guest) sees() history.Set {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.roll == nil {
		return nil
	}
	return g.roll.Names()
}

// beat says at times that the client is there, until it cannot.
func (s *socket) beat(ctx context.Context) {
	for ref := 3; ctx.Err() == nil; ref++ {
		rest(ctx, 2*time.Second)
		if s.say(nil, fmt.Sprint(ref), "phoenix", "heartbeat", map[string]any{}) != nil {
			return
		}
	}
}

// all are the nodes of a round, without some.
func (r *round) all(without ...*node) (out []*node) {
	for _, n := range r.nodes {
		gone := false
		for _, w := range without {
			gone = gone || w == n
		}
		if !gone {
			out = append(out, n)
		}
	}
	return out
}

// gather waits until the guests of nodes see who is at these nodes, and nobody else, and
// notes what they saw; the check finds who did not.
func (r *round) gather(when string, seen map[*node][]*node) {
	r.t.Helper()
	want := map[string]history.Set{}
	var guests []*guest
	for i, n := range r.nodes {
		if seen[n] == nil {
			continue
		}
		names := history.Set{}
		for _, other := range seen[n] {
			names["guest-"+other.name] = true
		}
		g := r.guests[i]
		guests = append(guests, g)
		want[g.name] = names
	}
	saw := map[string]history.Set{}
	eventually(func() bool {
		good := true
		for _, g := range guests {
			saw[g.name] = g.sees()
			good = good && maps.Equal(saw[g.name], want[g.name])
		}
		return good
	})
	r.h.Gathered(history.Gathering{When: when, Want: want, Saw: saw})
}

// together says that the guests of some nodes see each other, and nobody else.
func together(nodes []*node) map[*node][]*node {
	out := map[*node][]*node{}
	for _, n := range nodes {
		out[n] = nodes
	}
	return out
}
