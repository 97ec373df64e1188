package server

import (
	"github.com/plinth-dev/plinth/internal/realtime"
	"github.com/plinth-dev/plinth/internal/token"
)

// LocalSecretKey is the secret key that every local project has.
const LocalSecretKey = string(token.LocalSecretKey)

// realtimeConfig is the room's, with the limits of config.toml.
func (s *Server) realtimeConfig() realtime.Config {
	l := s.cfg.Project.Config.Plinth.Realtime
	public := !l.PrivateOnly
	return realtime.Config{
		DB: s.db, Log: s.log, Bus: s.busOf(), VerifyFor: s.verifyFor, Admit: s.handler.front.join, PublicAccess: &public,
		Limits: realtime.Limits{
			MaxConnections: l.Users, MaxChannels: l.Channels, MaxJoins: l.ClientJoins, MaxEvents: l.ClientEvents,
			MaxServerJoins: l.Joins, MaxServerEvents: l.Events, MaxPresence: l.Presence,
			MaxPayload: l.Payload << 10, MaxQueue: l.Queue << 10, MaxRoster: l.Rows,
		},
	}
}

// RealtimeStats are the counters of realtime, for who shows them elsewhere.
func (s *Server) RealtimeStats() realtime.Stats { return s.realtime.Stats() }
