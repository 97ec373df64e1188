package realtime

import (
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Stats is what the room holds and has done since its start.
type Stats struct {
	Sockets       int `json:"sockets"`
	Channels      int `json:"channels"`
	Topics        int `json:"topics"`
	Sessions      int `json:"sessions"`  // clients that said one
	Unwritten     int `json:"unwritten"` // of what a restart would need of them
	Subscriptions int `json:"subscriptions"`
	Groups        int `json:"groups"`        // of subscriptions for whom policies decide alike
	RosterRows    int `json:"roster_rows"`   // rows of tables that policies read
	RosterSlices  int `json:"roster_slices"` // and the keys by which they are held

	Changes  uint64 `json:"changes"`  // that were handed out
	Asked    uint64 `json:"asked"`    // of them, with policies asked of the database
	Sent     uint64 `json:"sent"`     // messages with changes to channels
	Failed   uint64 `json:"failed"`   // policies that raised an error
	Frames   uint64 `json:"frames"`   // of all kinds, written for clients
	Writes   uint64 `json:"writes"`   // that they took
	Dropped  uint64 `json:"dropped"`  // clients that were too slow
	LagMicro int64  `json:"lag_us"`   // from a change's commit until it was handed out, the last one
	Position string `json:"position"` // of the last change, epoch:seq

	// Asks are the policies that are asked of the database: table and role, and why.
	Asks map[string]string `json:"asked_policies"`
}

// Stats looks at the counters.
func (s *Service) Stats() Stats {
	var out Stats
	for _, sock := range s.all() {
		out.Sockets++
		out.Channels += len(sock.list())
	}
	s.mu.Lock()
	out.Sessions = len(s.sessions)
	s.mu.Unlock()
	out.Unwritten = s.ledger.Pending()
	s.hub.mu.RLock()
	out.Topics = len(s.hub.topics)
	s.hub.mu.RUnlock()
	n := s.conns.Flusher.Counts()
	out.Frames, out.Writes, out.Dropped = n.Frames, n.Writes, n.Slow
	x := s.index
	x.mu.Lock()
	defer x.mu.Unlock()
	out.Subscriptions, out.Groups = x.subs, x.groups
	out.RosterRows, out.RosterSlices = x.roster.Held()
	out.Changes, out.Asked, out.Sent, out.Failed = x.changes, x.asked, x.matched, x.refused.Load()
	out.LagMicro, out.Position = x.lag.Microseconds(), string(appendPosition(nil, x.pos))
	out.Asks = make(map[string]string, len(x.askedPolicies))
	for k, v := range x.askedPolicies {
		out.Asks[k] = v
	}
	return out
}

var errSecret = fault.New(fault.Forbidden, "secret_key_needed", "this needs the secret key")

// stats answers GET /api/stats.
func (s *Service) stats(w http.ResponseWriter, r *http.Request) error {
	if wire.Who(r).Session.Role != "service_role" {
		return errSecret
	}
	return wire.WriteJSON(w, http.StatusOK, s.Stats())
}

// health answers GET /api/tenants/{id}/health; there is one tenant, whatever its name.
func (s *Service) health(w http.ResponseWriter, r *http.Request) error {
	if wire.Who(r).Session.Role != "service_role" {
		return errSecret
	}
	_, err := s.cfg.DB.Position(r.Context())
	n := len(s.all())
	return wire.WriteJSON(w, http.StatusOK, map[string]any{"data": map[string]any{
		"healthy": err == nil, "db_connected": err == nil, "connected_cluster": n, "replication_connected": err == nil,
	}})
}

// allowance counts what happens on the whole server; most of zero is no limit.
type allowance struct {
	most int
	rate rate
}

func (s *Service) allow(a *allowance) bool {
	if a.most == 0 {
		return true
	}
	most := s.share(a.most)
	s.rates.Lock()
	defer s.rates.Unlock()
	return a.rate.allow(time.Now(), time.Second, most)
}
