package mesh

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db"
)

// Key names a topic.
type Key struct {
	Name    string
	Private bool
}

// Room is the realtime of this node. Its methods must not wait for clients.
type Room interface {
	// Broadcast gives what another node's Cast said to the members of a topic.
	Broadcast(key Key, body []byte)
	// Own returns the entries of this node, and the number of their last change, 0 for a
	// topic that nobody here joined.
	Own(key Key) (list []Entry, ver uint64)
	// Replace makes a node's entries those given.
	Replace(key Key, node string, list []Entry)
	// Apply adds entries of a node, and removes others.
	Apply(key Key, node string, joins, leaves []Entry)
	// Recall ends what is left of a client's session here, and says up to where it was
	// told, how long ago; it may wait.
	Recall(session string, key Key) (pos db.Position, age time.Duration, ok bool)
	// Keep remembers up to where a client of another node was told, or, where known is
	// false, forgets it.
	Keep(session string, key Key, pos db.Position, known bool)
	Sockets() int
}

const (
	everybody = "all"
	patience  = 300 * time.Millisecond // for other nodes' answers
	tellEvery = time.Second
)

// Mesh is this node's part.
type Mesh struct {
	bus  *bus.Bus
	room Room
	log  *slog.Logger
	ver  atomic.Uint64 // of the last change of presence here
	req  atomic.Uint64
	stop chan struct{}
	work sync.WaitGroup
	once sync.Once

	mu     sync.Mutex
	topics map[id]*topic
	loads  map[string]int
	asked  map[uint64]*question
	seats  seats
}

// topic is one that somebody here joined, or is about to.
type topic struct {
	key     Key
	subject string
	refs    int
	stop    func()
	known   map[string]uint64   // the number of the last change of each node
	waiting map[string]struct{} // nodes that did not answer yet
	ready   chan struct{}       // closed when all did
}

// question is one to all nodes for a client's session.
type question struct {
	waiting map[string]struct{}
	answer  chan message
}

// New joins; Close leaves.
func New(b *bus.Bus, room Room, log *slog.Logger) (*Mesh, error) {
	m := &Mesh{
		bus: b, room: room, log: log, stop: make(chan struct{}),
		topics: map[id]*topic{}, loads: map[string]int{}, asked: map[uint64]*question{}, seats: seats{},
	}
	m.ver.Store(uint64(time.Now().UnixMicro())) // greater than at an earlier start
	for _, subject := range []string{everybody, bus.Inbox(b.Node())} {
		if _, err := b.Subscribe(subject, m.take); err != nil {
			return nil, err
		}
	}
	b.WatchPeers(m.peer)
	m.work.Go(m.tell)
	return m, nil
}

// Close ends the mesh's own work; the bus is its owner's.
func (m *Mesh) Close() {
	m.once.Do(func() { close(m.stop) })
	m.work.Wait()
}

// tell says at times how much this node carries.
func (m *Mesh) tell() {
	tick := time.NewTicker(tellEvery)
	defer tick.Stop()
	for {
		select {
		case <-m.stop:
			return
		case <-tick.C:
			m.publish(everybody, &message{kind: load, count: m.room.Sockets()})
		}
	}
}

func idOf(key Key) (t id) {
	name := "public " + key.Name
	if key.Private {
		name = "private " + key.Name
	}
	sum := sha256.Sum256([]byte(name))
	copy(t[:], sum[:])
	return t
}

func subject(t id) string { return "t." + hex.EncodeToString(t[:]) }

func (m *Mesh) publish(subject string, msg *message) {
	if err := m.bus.Publish(subject, msg.append(nil)); err != nil {
		m.log.Warn("realtime: other nodes are not told", "error", err)
	}
}

// Enter is called before a channel joins a topic; it returns when this node hears all
// others on it, or after a moment. Exit is called when the channel has left.
func (m *Mesh) Enter(ctx context.Context, key Key) {
	i := idOf(key)
	m.mu.Lock()
	t := m.topics[i]
	if t == nil {
		t = m.open(i, key)
	}
	t.refs++
	m.mu.Unlock()
	select {
	case <-t.ready:
		return
	default:
	}
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case <-t.ready:
	case <-timer.C:
	case <-ctx.Done():
	}
}

// open subscribes to a topic and asks the others. The lock is held.
func (m *Mesh) open(i id, key Key) *topic {
	t := &topic{key: key, subject: subject(i), known: map[string]uint64{}, waiting: map[string]struct{}{}, ready: make(chan struct{}), stop: func() {}}
	m.topics[i] = t
	stop, err := m.bus.Subscribe(t.subject, func(msg bus.Message) { m.heard(i, msg) })
	if err != nil {
		m.log.Warn("realtime: a topic is not heard from other nodes", "error", err)
		close(t.ready)
		return t
	}
	t.stop = stop
	for _, node := range m.bus.Peers() {
		t.waiting[node] = struct{}{}
	}
	if len(t.waiting) == 0 {
		close(t.ready)
		return t
	}
	m.publish(everybody, &message{kind: ask, always: true, topics: []id{i}})
	return t
}

// Exit ends what Enter began.
func (m *Mesh) Exit(key Key) {
	i := idOf(key)
	m.mu.Lock()
	defer m.mu.Unlock()
	t := m.topics[i]
	if t == nil {
		return
	}
	if t.refs--; t.refs == 0 {
		delete(m.topics, i)
		t.stop()
	}
}

// Cast sends a broadcast to the members at other nodes.
func (m *Mesh) Cast(key Key, body []byte) {
	if err := m.bus.PublishSoon(subject(idOf(key)), (&message{kind: cast, body: body}).append(nil)); err != nil {
		m.log.Warn("realtime: other nodes are not told", "error", err)
	}
}

// Delta tells other nodes who came and went here, and returns the change's number; prev
// is that of the topic's change before it. The caller holds the topic's lock.
func (m *Mesh) Delta(key Key, prev uint64, joins, leaves []Entry) uint64 {
	ver := m.ver.Add(1)
	m.publish(subject(idOf(key)), &message{kind: delta, prev: prev, ver: ver, joins: joins, leaves: leaves})
	return ver
}

// Others is the number of sockets of other nodes, and Nodes that of nodes.
func (m *Mesh) Others() (sockets int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, n := range m.loads {
		sockets += n
	}
	return sockets
}

// Nodes is the number of nodes that are up, this one included.
func (m *Mesh) Nodes() int { return len(m.bus.Peers()) + 1 }

// Stats are those of the bus.
func (m *Mesh) Stats() bus.Stats { return m.bus.Stats() }

// Recall asks the other nodes up to where a client was told, how long ago. The zero
// Position says that it was told by a node that cannot say up to where.
func (m *Mesh) Recall(ctx context.Context, session string, key Key) (pos db.Position, age time.Duration, ok bool) {
	q := &question{waiting: map[string]struct{}{}, answer: make(chan message, 1)}
	for _, node := range m.bus.Peers() {
		q.waiting[node] = struct{}{}
	}
	if len(q.waiting) == 0 {
		return pos, 0, m.bereft(session, key, nil)
	}
	req := m.req.Add(1)
	m.mu.Lock()
	m.asked[req] = q
	m.mu.Unlock()
	defer func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.asked, req)
	}()
	m.publish(everybody, &message{kind: recall, req: req, session: session, name: key.Name, private: key.Private})
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case a := <-q.answer:
		if a.known {
			return a.pos, a.age, true
		}
	case <-timer.C:
	case <-ctx.Done():
	}
	m.mu.Lock()
	silent := maps.Clone(q.waiting)
	m.mu.Unlock()
	return pos, 0, m.bereft(session, key, silent)
}
