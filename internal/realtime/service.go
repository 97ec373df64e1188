package realtime

import (
	"log/slog"
	"net/http"
)

// Service is the room.
type Service struct {
	cfg Config
	log *slog.Logger
}

// New returns a Service; it serves sockets at once, and row changes after Start.
func New(cfg Config) (*Service, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg.Limits = cfg.Limits.withDefaults()
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	return &Service{cfg: cfg, log: cfg.Log}, nil
}

// Start begins to follow the database's changes.
func (s *Service) Start() error { return nil }

// Stop ends the feed and closes every socket, so that clients reconnect.
func (s *Service) Stop() {}

func (s *Service) websocket(http.ResponseWriter, *http.Request) error     { return errStarting }
func (s *Service) broadcastMany(http.ResponseWriter, *http.Request) error { return errStarting }
func (s *Service) broadcastOne(http.ResponseWriter, *http.Request) error  { return errStarting }
