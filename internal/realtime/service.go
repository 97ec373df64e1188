package realtime

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/ledger"
	"github.com/plinth-dev/plinth/internal/realtime/mesh"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/realtime/ws"
	"github.com/plinth-dev/plinth/internal/wire"
)

// Service is the room.
type Service struct {
	cfg    Config
	log    *slog.Logger
	hub    *hub
	index  *index    // who waits for which table's changes
	conns  ws.Config // of each socket, but for what its protocol answers at once
	recall *recall
	ledger *ledger.Ledger
	mesh   *mesh.Mesh // nil where there are no other nodes

	rates         sync.Mutex // of joins and events
	joins, events allowance

	mu       sync.Mutex
	sockets  map[*socket]struct{}
	sessions map[string]*socket // those that clients named
	stopping bool
	leaving  atomic.Bool        // the same, for other nodes: what is known of clients is theirs
	began    db.Position        // of the feed, at Start
	cancel   context.CancelFunc // of the feed, the watch and the ledger; nil before Start
	work     sync.WaitGroup     // sockets, feed, watch, ledger
	last     sync.Once          // the ledger's last page
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
	s := &Service{
		cfg: cfg, log: cfg.Log, hub: newHub(cfg.Resume), index: newIndex(cfg.DB, cfg.Log, cfg.Limits), recall: newRecall(cfg.MaxSessions),
		sockets: map[*socket]struct{}{}, sessions: map[string]*socket{},
		joins: allowance{most: cfg.MaxServerJoins}, events: allowance{most: cfg.MaxServerEvents},
	}
	s.conns = ws.Config{MaxMessage: cfg.MaxFrame, MaxQueue: cfg.MaxQueue, Idle: cfg.Idle, WriteTimeout: cfg.WriteTimeout, Flusher: ws.NewFlusher(), Lot: ws.NewLot()}
	s.ledger = ledger.New(ledger.Config{DB: cfg.DB, Log: s.log, Most: cfg.MaxSessions, Window: cfg.Resume, Told: s.listening})
	s.hub.ledger = s.ledger
	if cfg.Bus != nil {
		var err error
		if s.mesh, err = mesh.New(cfg.Bus, neighbours{s}, s.log); err != nil {
			return nil, err
		}
		s.hub.mesh = s.mesh
	}
	return s, nil
}

// Start begins to follow the database's changes, from now on.
func (s *Service) Start() error {
	ctx, cancel := context.WithCancel(context.Background())
	from, err := s.cfg.DB.Position(ctx)
	if err != nil {
		cancel()
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopping || s.cancel != nil {
		cancel()
		return errors.New("realtime: started twice, or after its end")
	}
	s.cancel, s.began = cancel, from
	if limit, low := fileLimit(s.cfg.MaxConnections); low {
		s.log.Warn("realtime: the limit of open files is too low for so many sockets", "files", limit, "sockets", s.cfg.MaxConnections, "hint", "raise it with ulimit -n or LimitNOFILE")
	}
	s.index.begin(from)
	f := &feed{db: s.cfg.DB, index: s.index, hub: s.hub, log: s.log}
	s.work.Go(func() { f.follow(ctx, from) })
	s.work.Go(func() { s.watch(ctx) })
	s.work.Go(func() { s.ledger.Run(ctx) })
	return nil
}

const drainPause = 20 * time.Millisecond // between two sockets at most, while draining

// Drain takes no new sockets and closes those that are there one after the other, over
// the window: clients come back after a fixed time, so this alone keeps them from coming
// all at once. Meanwhile the others are served. It returns when all are told, or when
// ctx ends.
func (s *Service) Drain(ctx context.Context, window time.Duration) {
	s.leaving.Store(true)
	s.mu.Lock()
	s.stopping = true
	var list []*ws.Conn
	for sock := range s.sockets {
		if sock.conn != nil {
			list = append(list, sock.conn)
		}
	}
	s.mu.Unlock()
	if len(list) == 0 {
		return
	}
	tick := time.NewTicker(max(min(window/time.Duration(len(list)), drainPause), time.Microsecond))
	defer tick.Stop()
	for _, conn := range list {
		conn.Close(ws.CodeRestart, "restarting, please reconnect")
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
	}
}

// Stop ends the feed and closes every socket that is left, so that clients reconnect.
// It blocks until they are gone.
func (s *Service) Stop() {
	s.leaving.Store(true)
	s.mu.Lock()
	s.stopping = true
	if s.cancel != nil {
		s.cancel()
	}
	for sock := range s.sockets {
		if sock.conn != nil {
			sock.cancel()
			sock.conn.Close(ws.CodeGoingAway, "going away")
		}
	}
	s.mu.Unlock()
	s.work.Wait()
	s.last.Do(s.lastLedger)
	s.conns.Flusher.Stop()
	s.conns.Lot.Stop()
	if s.mesh != nil {
		s.mesh.Close()
	}
}

// websocket takes a socket over and returns: the request's memory is free again.
func (s *Service) websocket(w http.ResponseWriter, r *http.Request) error {
	who := wire.Who(r)
	vsn, ok := phoenix.ParseVersion(r.URL.Query().Get("vsn"))
	switch {
	case who.Session.Role == "":
		return errNoKey
	case !ok:
		return errVersion
	}
	sock := &socket{svc: s, vsn: vsn, who: actorOf(who)}
	if id := r.URL.Query().Get("session"); len(id) >= minSession && len(id) <= maxSession {
		sock.session = id
	}
	sock.verify = s.cfg.Verify
	if s.cfg.VerifyFor != nil {
		sock.verify = s.cfg.VerifyFor(r)
	}
	if err := s.admit(sock); err != nil {
		return err
	}
	cfg := s.conns
	cfg.Quick = sock.vsn.Heartbeat
	conn, err := ws.Upgrade(w, r, cfg)
	if err != nil || conn == nil {
		s.forget(sock)
		return err
	}
	s.serve(sock, conn)
	return nil
}

// replace ends the earlier connection of a client that is back before its end was
// noticed, so that what it missed is known.
func (s *Service) replace(sock *socket) {
	if sock.session == "" {
		return
	}
	s.mu.Lock()
	old := s.sessions[sock.session]
	s.sessions[sock.session] = sock
	s.mu.Unlock()
	if old != nil {
		old.end()
	}
}

// admit counts a socket that is to be; it is known to Stop once it is served.
func (s *Service) admit(sock *socket) error {
	others := s.elsewhere()
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.stopping:
		return errStopping
	case len(s.sockets)+others >= s.cfg.MaxConnections:
		return errConnections
	}
	s.sockets[sock] = struct{}{}
	return nil
}

func (s *Service) forget(sock *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.sockets, sock)
	if s.sessions[sock.session] == sock {
		delete(s.sessions, sock.session)
	}
}

// serve runs sock on conn when there is something to read.
func (s *Service) serve(sock *socket, conn *ws.Conn) {
	ctx, cancel := context.WithCancel(context.Background())
	s.mu.Lock()
	defer s.mu.Unlock()
	sock.conn, sock.cancel = conn, cancel
	if s.stopping { // Stop waits for nobody new
		conn.Abort()
		cancel()
		return
	}
	s.work.Add(1)
	done := func() { cancel(); s.forget(sock); s.work.Done() }
	sock.next = func() { sock.run(ctx, done) }
	go func() { s.replace(sock); conn.Next(sock.next) }()
}

// watch looks after the time that passes: tokens end, broadcasts grow old.
func (s *Service) watch(ctx context.Context) {
	tick := time.NewTicker(s.cfg.Recheck)
	defer tick.Stop()
	var swept time.Time
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-tick.C:
			if now.Sub(swept) > sweepEvery {
				swept = now
				s.sweep(ctx)
			}
			s.settleCasts(now)
			for _, sock := range s.all() {
				sock.expire(now)
			}
		}
	}
}

// all returns the sockets that are served.
func (s *Service) all() []*socket {
	s.mu.Lock()
	defer s.mu.Unlock()
	out := make([]*socket, 0, len(s.sockets))
	for sock := range s.sockets {
		if sock.conn != nil {
			out = append(out, sock)
		}
	}
	return out
}
