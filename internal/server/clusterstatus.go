package server

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db/postgres/relay"
	"github.com/plinth-dev/plinth/internal/db/replica"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/member"
	"github.com/plinth-dev/plinth/internal/wire"
)

// NodeStatus is what a node knows of itself.
type NodeStatus struct {
	ID       string           `json:"id"`
	Name     string           `json:"name"`
	Process  string           `json:"process"` // host:pid
	Address  string           `json:"address"`
	Version  string           `json:"version"`
	Services []string         `json:"services"` // none for all
	State    string           `json:"state"`    // up, draining, dead; silent where it did not answer
	Started  time.Time        `json:"started"`
	Beat     time.Time        `json:"last_beat"`
	Leads    bool             `json:"leads"`    // it numbers the changes
	Position string           `json:"position"` // of the last change that it told, epoch:seq
	LagMicro int64            `json:"lag_us"`   // from that change's commit until then
	Feed     relay.Counts     `json:"feed"`     // how changes came here
	Replicas []replica.Status `json:"replicas"`
	Primary  uint64           `json:"reads_of_primary"`
	Bus      *bus.Stats       `json:"bus"`   // its links to the others
	Hears    []string         `json:"hears"` // ids of the nodes that its bus hears now
}

// ClusterStatus is what is known of all nodes.
type ClusterStatus struct {
	Leader string       `json:"leader"` // its name, "" for none
	Behind uint64       `json:"behind_bytes"`
	Nodes  []NodeStatus `json:"nodes"`
}

var errAlone = fault.New(fault.NotFound, "no_cluster", "this server is alone: it was started without --cluster")

func (s *Server) clusterRoutes() []wire.Route {
	secret := func(h wire.Handler) wire.Handler {
		return func(w http.ResponseWriter, r *http.Request) error {
			switch {
			case wire.Who(r).Session.Role != "service_role":
				return errSecretKey
			case s.nodes.self() == nil:
				return errAlone
			}
			return h(w, r)
		}
	}
	return []wire.Route{
		{Pattern: "GET /status", Handler: secret(s.clusterStatus), Doc: "all nodes, what they serve and how they are; for the secret key"},
		{Pattern: "GET /node", Handler: secret(func(w http.ResponseWriter, _ *http.Request) error {
			return wire.WriteJSON(w, http.StatusOK, s.NodeStatus())
		}), Doc: "this node; for the secret key"},
	}
}

// NodeStatus tells of this node alone, from memory. It is for metrics, too.
func (s *Server) NodeStatus() NodeStatus {
	live := s.realtime.Stats()
	out := NodeStatus{Process: nodeName(), Version: buildVersion(), Services: s.cfg.Only, State: member.Up, Position: live.Position, LagMicro: live.LagMicro}
	if self := s.nodes.self(); self != nil {
		out.ID = self.ID()
	}
	if links, ok := s.BusStats(); ok {
		out.Bus, out.Hears, out.Feed = &links, s.cluster.bus.Peers(), s.engine.postgres.Followed()
	}
	if s.nodes.draining.Load() {
		out.State = member.Draining
	}
	if r := s.engine.replicas; r != nil {
		out.Replicas, out.Primary = r.Status(), r.Missed()
	}
	return out
}

// clusterStatus asks every node what it knows of itself.
func (s *Server) clusterStatus(w http.ResponseWriter, r *http.Request) error {
	list, err := member.Read(r.Context(), s.db)
	if err != nil {
		return err
	}
	out := ClusterStatus{Nodes: make([]NodeStatus, len(list))}
	if out.Leader, out.Behind, err = s.engine.postgres.Feed(r.Context()); err != nil {
		return err
	}
	var wg sync.WaitGroup
	for i, m := range list {
		wg.Go(func() { out.Nodes[i] = s.nodeStatus(r, m) })
	}
	wg.Wait()
	for i := range out.Nodes {
		out.Nodes[i].Leads = out.Leader != "" && out.Nodes[i].Process == out.Leader
	}
	return wire.WriteJSON(w, http.StatusOK, out)
}

// nodeStatus asks one node, with the caller's own key.
func (s *Server) nodeStatus(r *http.Request, m member.Member) NodeStatus {
	var out NodeStatus
	state := "dead"
	switch {
	case m.ID == s.nodes.self().ID():
		out = s.NodeStatus()
		state = out.State
	case m.Alive:
		if state = m.State; !s.ask(r, m.Address, &out) {
			state = "silent"
		}
	}
	out.ID, out.Name, out.Address, out.Version, out.Services = m.ID, m.Name, m.Address, m.Version, m.Services
	out.State, out.Started, out.Beat = state, m.Started, m.Beat
	return out
}

func (s *Server) ask(r *http.Request, addr string, out *NodeStatus) bool {
	ctx, cancel := context.WithTimeout(r.Context(), 2*time.Second)
	defer cancel()
	scheme, host := at(addr)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+host+"/cluster/v1/node", nil)
	if err != nil {
		return false
	}
	for _, name := range []string{"Apikey", "Authorization"} {
		req.Header[name] = r.Header[name]
	}
	res, err := s.nodes.away.base.RoundTrip(req)
	if err != nil {
		return false
	}
	defer res.Body.Close()
	return res.StatusCode == http.StatusOK && json.NewDecoder(io.LimitReader(res.Body, 1<<20)).Decode(out) == nil
}
