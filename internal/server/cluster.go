package server

import (
	"context"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/bus/nats"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/limit"
	"github.com/plinth-dev/plinth/internal/limit/exact"
	"github.com/plinth-dev/plinth/internal/limit/spread"
	"github.com/plinth-dev/plinth/internal/member"
)

// cluster is this node among others; nil where there is one node alone.
type cluster struct {
	id     string
	bus    *bus.Bus
	own    *nats.Embedded // nil with a server by URL
	node   *member.Node   // from Run on
	exact  *exact.Counter // of what is counted in the database
	spread *spread.Spread // of what nodes tell each other that they counted
	secret []byte
	cancel context.CancelFunc
	work   sync.WaitGroup
}

const (
	busPort  = "6222"
	feedBell = "feed"          // changes, told by who numbered them
	meetWait = 3 * time.Second // for the bus to reach the nodes that there are
)

// openCluster makes the node's bus.
func (s *Server) openCluster(ctx context.Context) error {
	if !s.cfg.Cluster {
		return nil
	}
	if err := s.migrateCluster(ctx); err != nil {
		return err
	}
	secret, err := s.clusterSecret()
	if err != nil {
		return err
	}
	c := &cluster{id: newID(), secret: secret, exact: exact.New(exact.Config{DB: s.db, Log: s.log, Secret: secret})}
	if err := s.trust(secret); err != nil {
		return err
	}
	prefix, err := hkdf.Key(sha256.New, secret, nil, "plinth cluster name", 8)
	if err != nil {
		return err
	}
	conf := s.cfg.Project.Config.Plinth.Cluster
	var link bus.Link
	if conf.URL != "" {
		link, err = nats.Dial(conf.URL, "plinth-"+hex.EncodeToString(prefix), s.log)
	} else {
		c.own, err = nats.Embed(nats.Config{
			Node: c.id, Secret: secret, Listen: s.busListen(), Advertise: conf.Advertise, Prefix: "plinth", Log: s.log,
		})
		link = c.own
	}
	if err != nil {
		return err
	}
	if c.bus, err = bus.New(bus.Config{Node: c.id, Link: link, Log: s.log}); err != nil {
		return errors.Join(err, link.Close())
	}
	s.cluster = c
	return s.feedAcross()
}

// feedAcross gives the changes that this node numbers to the others, and theirs to who
// follows here: nobody does where this node does not serve realtime.
func (s *Server) feedAcross() (err error) {
	pg, b := s.engine.postgres, s.cluster.bus
	tell := func(msg []byte) {
		if err := b.Publish(feedBell, msg); err != nil {
			s.log.Debug("cluster: others read changes from the log", "error", err)
		}
	}
	s.engine.numbered.Store(&tell)
	if s.nodes.serves("realtime") {
		_, err = b.Subscribe(feedBell, func(m bus.Message) {
			if err := pg.Hear(m.Data); err != nil { // Data is nil where some were lost
				s.log.Warn("cluster: another node tells changes that nobody understands", "node", m.From, "error", err)
			}
		})
	}
	return err
}

// clusterScripts make what one node alone does not need.
func clusterScripts() []db.Script {
	return []db.Script{{File: "member/0001", SQL: member.Schema}, {File: "limit/0001", SQL: exact.Schema}}
}

// migrateCluster runs them. A node of an older version may do the same now.
func (s *Server) migrateCluster(ctx context.Context) error {
	done, err := s.house(ctx)
	if err != nil {
		return err
	}
	for _, sc := range clusterScripts() {
		if done[sc.File] {
			continue
		}
		sc.SQL += "\ninsert into plinth.scripts (name) values ('" + sc.File + "');\n"
		if _, err := s.db.Script(ctx, sc); err != nil && !s.doneMeanwhile(ctx, s.house, sc.File) {
			return fmt.Errorf("system script: %w", err)
		}
	}
	return nil
}

// shareLimits makes the limiter of the front door one for all nodes. Without bounds
// nothing is told.
func (c *cluster) shareLimits(l *limit.Limiter, log *slog.Logger) (err error) {
	c.spread, err = spread.New(c.bus, l, log)
	return err
}

func (s *Server) clusterSecret() ([]byte, error) {
	if own := s.cfg.Project.Config.Plinth.Cluster.Secret; own != "" {
		return []byte(own), nil
	}
	return hkdf.Key(sha256.New, []byte(s.keys.JWTSecret), nil, "plinth cluster secret", 32)
}

func (s *Server) busListen() string {
	if at := s.cfg.Project.Config.Plinth.Cluster.Listen; at != "" {
		return at
	}
	host, _, _ := net.SplitHostPort(s.cfg.Listen) // it was checked
	return net.JoinHostPort(host, busPort)
}

// joinCluster makes the node known to the others, and meets them. http is where it
// listens.
func (s *Server) joinCluster(ctx context.Context, http net.Addr) (err error) {
	c := s.cluster
	if c == nil {
		return nil
	}
	conf := s.cfg.Project.Config.Plinth.Cluster
	self := member.Self{Name: conf.Name, Address: conf.Address, Services: s.cfg.Only, Version: buildVersion()}
	if self.Name == "" {
		self.Name, _ = os.Hostname() // "" says less, and is no fault
		self.Name += ":" + fmt.Sprint(os.Getpid())
	}
	if self.Address == "" {
		self.Address = reachable(http.String())
	}
	self.Address = s.secure.address(self.Address)
	if c.own != nil {
		self.Bus = reachable(c.own.Addr())
	}
	if c.node, err = member.Join(ctx, member.Config{DB: s.db, ID: c.id, Log: s.log, Self: self}); err != nil {
		return err
	}
	s.started() // whoever starts now sees this node
	follow, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	s.routes()
	c.meet(ctx)
	c.work.Go(func() {
		for {
			select {
			case <-follow.Done():
				return
			case <-c.node.Changed():
				s.routes()
			}
		}
	})
	return nil
}

// routes tells the bus where the other nodes are.
func (s *Server) routes() {
	if s.cluster.own == nil {
		return
	}
	var addrs []string
	for _, m := range s.cluster.node.List() {
		if m.ID != s.cluster.id && m.Bus != "" {
			addrs = append(addrs, m.Bus)
		}
	}
	if err := s.cluster.own.SetPeers(addrs); err != nil {
		s.log.Error("cluster: the bus does not take the addresses of other nodes", "error", err)
	}
}

// meet waits until the bus hears the nodes that there are, for a moment: one of them
// may be dead.
func (c *cluster) meet(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, meetWait)
	defer cancel()
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for len(c.bus.Peers()) < len(c.node.List())-1 {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

// drain tells other nodes that this one goes.
func (c *cluster) drain() {
	if c != nil && c.node != nil {
		c.node.Drain()
	}
}

// leave ends the node's part.
func (c *cluster) leave() error {
	if c == nil {
		return nil
	}
	if c.spread != nil {
		c.spread.Close()
	}
	if c.node != nil {
		c.cancel()
		c.work.Wait()
		c.node.Leave()
	}
	return c.bus.Close()
}

// busOf is nil where there is no cluster.
func (s *Server) busOf() *bus.Bus {
	if s.cluster == nil {
		return nil
	}
	return s.cluster.bus
}

// BusStats are the counters of the bus between nodes; ok is false without --cluster.
func (s *Server) BusStats() (stats bus.Stats, ok bool) {
	if s.cluster == nil {
		return stats, false
	}
	return s.cluster.bus.Stats(), true
}

// reachable puts the machine's first address in the place of a wildcard.
func reachable(addr string) string {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return addr
	}
	if ip := net.ParseIP(host); host != "" && (ip == nil || !ip.IsUnspecified()) {
		return addr
	}
	addrs, _ := net.InterfaceAddrs() // none leave what there is
	for _, a := range addrs {
		if n, ok := a.(*net.IPNet); ok && n.IP.To4() != nil && !n.IP.IsLoopback() {
			return net.JoinHostPort(n.IP.String(), port)
		}
	}
	return net.JoinHostPort("127.0.0.1", port)
}

func newID() string {
	var b [16]byte
	_, _ = rand.Read(b[:]) // it does not fail
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
