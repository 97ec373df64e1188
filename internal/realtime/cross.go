package realtime

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/mesh"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
)

// neighbours is a Service as the mesh sees it: what other nodes say goes to those who
// are here.
type neighbours struct{ s *Service }

func (k topicKey) mesh() mesh.Key { return mesh.Key{Name: k.name, Private: k.private} }

func keyOf(k mesh.Key) topicKey { return topicKey{name: k.Name, private: k.Private} }

// enter makes ch's topic heard from other nodes, before ch joins it.
func (s *Service) enter(ctx context.Context, ch *channel) {
	if s.mesh != nil {
		s.hub.hold(ch.key)
		s.mesh.Enter(ctx, ch.key.mesh())
	}
}

// exit ends what enter began.
func (s *Service) exit(ch *channel) {
	if s.mesh != nil {
		s.mesh.Exit(ch.key.mesh())
		s.hub.letGo(ch.key)
	}
}

// hold keeps a topic, though nobody joined it yet.
func (h *hub) hold(key topicKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.topic(key).held++
}

func (h *hub) letGo(key topicKey) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if t := h.topics[key]; t != nil {
		t.held--
		h.end(t)
	}
}

// abroad sends a broadcast to the members at other nodes.
func (s *Service) abroad(key topicKey, p *parcel) {
	if s.mesh != nil {
		s.mesh.Cast(key.mesh(), pack(p))
	}
}

// The forms of a broadcast between nodes.
const (
	asPayload = iota // as the client said it
	asJSON           // event, meta and payload apart
	asBytes
)

func pack(p *parcel) []byte {
	b := p.binary
	if b == nil {
		return append([]byte{asPayload}, p.msg.Payload...)
	}
	out := []byte{asJSON}
	if b.Bytes {
		out[0] = asBytes
	}
	for _, part := range [][]byte{[]byte(b.Event), b.Meta} {
		out = append(binary.AppendUvarint(out, uint64(len(part))), part...)
	}
	return append(out, b.Payload...)
}

// unpack reads what another node packed; nil where it is nothing.
func unpack(key topicKey, body []byte) *parcel {
	topic := topicPrefix + key.name
	p := &parcel{msg: phoenix.Message{Topic: topic, Event: "broadcast"}}
	if len(body) == 0 || body[0] > asBytes {
		return nil
	}
	if body[0] == asPayload {
		p.msg.Payload = body[1:]
		return p
	}
	var parts [2][]byte
	rest := body[1:]
	for i := range parts {
		n, w := binary.Uvarint(rest)
		if w <= 0 || n > uint64(len(rest)-w) {
			return nil
		}
		parts[i], rest = rest[w:w+int(n)], rest[w+int(n):]
	}
	b := &phoenix.Broadcast{Topic: topic, Event: string(parts[0]), Meta: parts[1], Payload: rest, Bytes: body[0] == asBytes}
	if p.binary = b; !b.Bytes {
		p.msg.Payload = broadcastPayload(b.Event, b.Payload, b.Meta)
	}
	return p
}

// Broadcast implements mesh.Room.
func (n neighbours) Broadcast(key mesh.Key, body []byte) {
	if p := unpack(keyOf(key), body); p != nil {
		n.s.hub.with(keyOf(key), func(t *topic) { t.cast(p, nil) })
	}
}

// Own implements mesh.Room.
func (n neighbours) Own(key mesh.Key) (list []mesh.Entry, ver uint64) {
	n.s.hub.with(keyOf(key), func(t *topic) {
		ver = t.ver
		for k, metas := range t.present {
			for _, m := range metas {
				if m.ch != nil {
					list = append(list, mesh.Entry{Key: k, Ref: m.ref, Body: m.body})
				}
			}
		}
	})
	return list, ver
}

// Replace implements mesh.Room.
func (n neighbours) Replace(key mesh.Key, node string, list []mesh.Entry) {
	n.s.hub.with(keyOf(key), func(t *topic) {
		stays := map[string]bool{}
		for _, e := range list {
			stays[e.Ref] = true
		}
		var leaves []mesh.Entry
		for k, metas := range t.present {
			for _, m := range metas {
				if m.ch == nil && m.node == node && !stays[m.ref] {
					leaves = append(leaves, mesh.Entry{Key: k, Ref: m.ref})
				}
			}
		}
		t.foreign(node, list, leaves)
	})
}

// Apply implements mesh.Room.
func (n neighbours) Apply(key mesh.Key, node string, joins, leaves []mesh.Entry) {
	n.s.hub.with(keyOf(key), func(t *topic) { t.foreign(node, joins, leaves) })
}

// foreign changes who is present at another node, and tells those who are here in one
// message. The lock is held.
func (t *topic) foreign(node string, joins, leaves []mesh.Entry) {
	came, went := presence{}, presence{}
	for _, e := range leaves {
		list := t.present[e.Key]
		i := slices.IndexFunc(list, func(m meta) bool { return m.ch == nil && m.ref == e.Ref })
		if i < 0 {
			continue
		}
		went[e.Key] = append(went[e.Key], list[i])
		t.present.set(e.Key, slices.Delete(list, i, i+1))
	}
	for _, e := range joins {
		if slices.ContainsFunc(t.present[e.Key], func(m meta) bool { return m.ref == e.Ref }) {
			continue
		}
		m := meta{node: node, ref: e.Ref, body: e.Body}
		came[e.Key] = append(came[e.Key], m)
		if t.present == nil {
			t.present = presence{}
		}
		t.present[e.Key] = append(t.present[e.Key], m)
	}
	if len(came)+len(went) > 0 {
		t.tell(came, went)
	}
}

// Recall implements mesh.Room.
func (n neighbours) Recall(session string, key mesh.Key) (pos db.Position, age time.Duration, ok bool) {
	n.s.mu.Lock()
	sock := n.s.sessions[session]
	n.s.mu.Unlock()
	if sock != nil {
		sock.conn.Settle()
		sock.end()
	}
	r := n.s.recall.take(recallKey{session, keyOf(key)})
	if r == nil {
		return pos, 0, false
	}
	lost := false // the other node can't tell which broadcasts of ours it has
	n.s.hub.with(keyOf(key), func(t *topic) {
		if r.cast == unknownCast {
			return
		}
		lost = !t.missed(session, false, r.cast, func(*cast) { lost = true }) || lost
	})
	if lost {
		return pos, time.Since(r.at), true // older than anything
	}
	return r.pos, time.Since(r.at), true
}

// Keep implements mesh.Room.
func (n neighbours) Keep(session string, key mesh.Key, pos db.Position, known bool) {
	k := recallKey{session, keyOf(key)}
	if known {
		n.s.recall.put(k, pos, unknownCast)
	} else {
		n.s.recall.take(k)
	}
}

// Sockets implements mesh.Room.
func (n neighbours) Sockets() int {
	n.s.mu.Lock()
	defer n.s.mu.Unlock()
	return len(n.s.sockets)
}

// elsewhere are the sockets of other nodes, as of a second ago.
func (s *Service) elsewhere() int {
	if s.mesh == nil {
		return 0
	}
	return s.mesh.Others()
}

// share is this node's part of what all nodes may do together.
func (s *Service) share(most int) int {
	if s.mesh == nil || most == 0 {
		return most
	}
	nodes := s.mesh.Nodes()
	return max((most+nodes-1)/nodes, 1)
}

// entries are metas of one key, for other nodes.
func entries(key string, list []meta) []mesh.Entry {
	out := make([]mesh.Entry, len(list))
	for i, m := range list {
		out[i] = mesh.Entry{Key: key, Ref: m.ref, Body: m.body}
	}
	return out
}
