package member

import (
	"context"
	_ "embed"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

// Schema is the table, portable SQL, run once as the database's owner; the schema plinth
// must exist.
//
//go:embed schema/0001.sql
var Schema string

// Beat is how often a node stamps its row, and Dead after how long without a stamp the
// others take it for dead.
const (
	Beat = time.Second
	Dead = 5 * time.Second
)

// The states of a member.
const (
	Up       = "up"
	Draining = "draining"
)

// Self is what a node says of itself.
type Self struct {
	Name     string   // for people: the host's name, say
	Address  string   // host:port of its HTTP, for other nodes
	Bus      string   // host:port of its part of the embedded bus; "" for none
	Services []string // what it serves; none for all
	Version  string
}

// Member is one row.
type Member struct {
	ID string
	Self
	State   string
	Started time.Time
	Beat    time.Time
	Alive   bool // it stamped its row lately
}

// Serves reports whether the member serves a service.
func (m *Member) Serves(service string) bool {
	return len(m.Services) == 0 || slices.Contains(m.Services, service)
}

// Config of a Node.
type Config struct {
	DB   *db.DB
	ID   string // a UUID of this process's own
	Log  *slog.Logger
	Self Self
}

// Node is this process in the list.
type Node struct {
	cfg     Config
	changed chan struct{}
	cancel  context.CancelFunc
	done    chan struct{}
	once    sync.Once

	mu    sync.Mutex
	state string
	list  []Member
}

const (
	columns  = `id::text, name, address, bus, services, version, state, started_at, beat_at, beat_at > now() - interval '5 seconds'`
	sqlStamp = `insert into plinth.members (name, address, bus, services, version, state, id) values ($1, $2, $3, $4, $5, $6, $7::uuid)
 on conflict (id) do update set state = excluded.state, beat_at = now()`
	sqlLeave = `delete from plinth.members where id = $1::uuid`
	sqlSweep = `delete from plinth.members where beat_at < now() - interval '60 seconds'`
	sqlRead  = `select ` + columns + ` from plinth.members order by started_at, id`
)

// Join writes the node's row and begins to stamp it.
func Join(ctx context.Context, cfg Config) (*Node, error) {
	if cfg.DB == nil || cfg.Log == nil || cfg.Self.Name == "" || cfg.ID == "" {
		return nil, errors.New("member: DB, Log, ID and a name must be set")
	}
	n := &Node{cfg: cfg, changed: make(chan struct{}, 1), done: make(chan struct{}), state: Up}
	if err := n.stamp(ctx, Up); err != nil {
		return nil, err
	}
	var err error
	if n.list, err = Read(ctx, cfg.DB); err != nil {
		return nil, err
	}
	n.list = alive(n.list)
	beating, cancel := context.WithCancel(context.Background())
	n.cancel = cancel
	go n.beat(beating)
	return n, nil
}

// ID is the node's name among nodes: as the Config has it.
func (n *Node) ID() string { return n.cfg.ID }

// List returns the members alive as of the last beat, the oldest first; it is not to be
// changed.
func (n *Node) List() []Member {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.list
}

// Changed gets a value after List changed; several changes may be one value. It is for
// one reader.
func (n *Node) Changed() <-chan struct{} { return n.changed }

// Drain tells the others at the next beat that this node takes nobody new.
func (n *Node) Drain() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.state = Draining
}

// Leave removes the row. It blocks, and may be called twice.
func (n *Node) Leave() {
	n.once.Do(func() {
		n.cancel()
		<-n.done
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		if err := n.exec(ctx, sqlLeave, n.cfg.ID); err != nil {
			n.cfg.Log.Warn("member: the row is left to run out", "error", err)
		}
	})
}

func (n *Node) exec(ctx context.Context, sql string, args ...any) error {
	_, err := n.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sql, args...)
		return err
	})
	return err
}

// beat stamps and looks until ctx ends. While the database does not answer the list
// stays as it was: the nodes may be well.
func (n *Node) beat(ctx context.Context) {
	defer close(n.done)
	tick := time.NewTicker(Beat)
	defer tick.Stop()
	failed := false
	for beats := 1; ; beats++ {
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		err := n.turn(ctx, beats%30 == 0)
		if err != nil && ctx.Err() == nil && !failed {
			n.cfg.Log.Warn("member: no beat", "error", err)
		}
		failed = err != nil
	}
}

func (n *Node) turn(ctx context.Context, sweep bool) error {
	ctx, cancel := context.WithTimeout(ctx, Dead)
	defer cancel()
	n.mu.Lock()
	state := n.state
	n.mu.Unlock()
	if err := n.stamp(ctx, state); err != nil {
		return err
	}
	if sweep {
		if err := n.exec(ctx, sqlSweep); err != nil {
			return err
		}
	}
	list, err := Read(ctx, n.cfg.DB)
	if err != nil {
		return err
	}
	list = alive(list)
	n.mu.Lock()
	news := !slices.EqualFunc(list, n.list, func(a, b Member) bool { return a.ID == b.ID && a.State == b.State })
	n.list = list
	n.mu.Unlock()
	if news {
		select {
		case n.changed <- struct{}{}:
		default:
		}
	}
	return nil
}

// stamp says that the node is there; it writes the row where it is missing.
func (n *Node) stamp(ctx context.Context, state string) error {
	s := n.cfg.Self
	return n.exec(ctx, sqlStamp, s.Name, s.Address, s.Bus, strings.Join(s.Services, ","), s.Version, state, n.cfg.ID)
}

func alive(list []Member) []Member {
	return slices.DeleteFunc(list, func(m Member) bool { return !m.Alive })
}

// Read returns all rows, the oldest first.
func Read(ctx context.Context, d *db.DB) ([]Member, error) {
	rows, err := d.Query(ctx, db.Owner, sqlRead)
	if err != nil {
		return nil, err
	}
	var out []Member
	for rows.Next() {
		v := rows.Row()
		m := Member{
			ID: v[0].S, Self: Self{Name: v[1].S, Address: v[2].S, Bus: v[3].S, Version: v[5].S}, State: v[6].S,
			Started: time.UnixMicro(v[7].I).UTC(), Beat: time.UnixMicro(v[8].I).UTC(), Alive: v[9].True(),
		}
		if v[4].S != "" {
			m.Services = strings.Split(v[4].S, ",")
		}
		out = append(out, m)
	}
	return out, errors.Join(rows.Err(), rows.Close())
}
