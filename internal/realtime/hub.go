package realtime

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/realtime/ledger"
	"github.com/plinth-dev/plinth/internal/realtime/mesh"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/realtime/ws"
)

// topicKey names a topic. A private channel is another topic than the public one of
// the same name.
type topicKey struct {
	name    string
	private bool
}

// hub holds the topics that somebody joined.
//
// Lock order: socket, index, hub, topic, connection.
type hub struct {
	mu     sync.RWMutex
	topics map[topicKey]*topic
	mesh   *mesh.Mesh
	ledger *ledger.Ledger

	window    time.Duration // in which clients come back
	casts     atomic.Uint64 // the number of the last broadcast that was kept
	castBytes atomic.Int64  // of those that are kept
}

// topic is its members and who is present. Whatever is sent to all is sent under its
// lock, so that all see one order.
type topic struct {
	mu      sync.Mutex
	key     topicKey
	hub     *hub
	members map[*channel]struct{}
	present presence
	casts   *casts     // nil where nobody comes back
	mesh    *mesh.Mesh // nil where there are no other nodes
	ver     uint64     // of the last change of presence here, for other nodes
	held    int        // channels that joined or are about to, where there are other nodes; the hub's
}

func newHub(window time.Duration) *hub { return &hub{topics: map[topicKey]*topic{}, window: window} }

// join makes ch a member; welcome runs before ch can get anything else.
func (h *hub) join(ch *channel, welcome func(t *topic)) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topic(ch.key)
	t.mu.Lock()
	defer t.mu.Unlock()
	t.members[ch] = struct{}{}
	t.expect(ch)
	welcome(t)
}

// leave takes ch out and tells the others that it is not present any more. gone says that
// its connection has ended.
func (h *hub) leave(ch *channel, gone bool) {
	h.mu.Lock()
	defer h.mu.Unlock()
	t := h.topics[ch.key]
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, there := t.members[ch]; there {
		delete(t.members, ch)
		t.part(ch, gone)
		t.untrack(ch)
	}
	h.end(t)
}

// topic returns a topic, a new one where there is none. The lock is held.
func (h *hub) topic(key topicKey) *topic {
	t := h.topics[key]
	if t == nil {
		t = &topic{hub: h, key: key, members: map[*channel]struct{}{}, mesh: h.mesh}
		h.topics[key] = t
	}
	return t
}

// end forgets a topic that nobody has any more. The lock is held.
func (h *hub) end(t *topic) {
	if t.held == 0 && len(t.members) == 0 && t.casts == nil {
		delete(h.topics, t.key)
	}
}

// with runs fn on a topic that somebody joined.
func (h *hub) with(key topicKey, fn func(t *topic)) {
	h.mu.RLock()
	t := h.topics[key]
	h.mu.RUnlock()
	if t == nil {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	fn(t)
}

// send gives p to all members that follow who is present. The lock is held.
func (t *topic) send(p *parcel) {
	for ch := range t.members {
		if !ch.presenceOn.Load() {
			continue
		}
		if f := p.frame(ch.sock.vsn); f != nil {
			ch.sock.conn.Send(f)
		}
	}
}

// parcel is one message for many: it is encoded once for each kind of client. It
// belongs to one goroutine at a time.
type parcel struct {
	msg    phoenix.Message    // Payload nil where only bytes can say it
	binary *phoenix.Broadcast // the form for version 2, where there is one
	frames [3]ws.Frame
	made   [3]bool
}

// frame returns p for a client's version, nil where it can't be told there.
func (p *parcel) frame(v phoenix.Version) ws.Frame {
	if !p.made[v] {
		p.made[v], p.frames[v] = true, p.encode(v)
	}
	return p.frames[v]
}

func (p *parcel) encode(v phoenix.Version) ws.Frame {
	if v == phoenix.V2 && p.binary != nil {
		if b, ok := phoenix.AppendDeliver(nil, p.binary); ok {
			return ws.Binary(b)
		}
	}
	if p.msg.Payload == nil {
		return nil
	}
	return ws.Text(v.Append(nil, &p.msg))
}
