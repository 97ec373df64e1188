package mesh

import (
	"crypto/sha256"
	"slices"

	"github.com/plinth-dev/plinth/internal/bus"
	"github.com/plinth-dev/plinth/internal/db"
)

// maxSeats bounds what is remembered of other nodes' clients; some 15 MB.
const maxSeats = 200_000

// seats are where clients that named a session listen. Only a client's own node knows up
// to where it was told; the others know that it was there. So where that node died, or
// says nothing, whoever comes back elsewhere is told that something was missed, and not
// taken for a new client.
type seats map[id]string

func seatOf(session string, key Key) (s id) {
	t := idOf(key)
	sum := sha256.Sum256(append([]byte(session), t[:]...))
	copy(s[:], sum[:])
	return s
}

// set makes room where there is none: any other seat goes.
func (s seats) set(at id, node string) {
	for old := range s {
		if len(s) < maxSeats {
			break
		}
		delete(s, old)
	}
	s[at] = node
}

// Sit says that a client listens here from now on: what other nodes remember of it is
// old.
func (m *Mesh) Sit(session string, key Key) {
	at := seatOf(session, key)
	m.mu.Lock()
	here := m.seats[at] == m.bus.Node()
	m.seats.set(at, m.bus.Node())
	m.mu.Unlock()
	if !here {
		m.publish(everybody, &message{kind: sit, session: session, name: key.Name, private: key.Private})
	}
}

// Left is the session of a client whose connection here has ended, "" where it listens at
// another node by now: that one knows more of it. A node that stood still notices the end
// of its old connections only after the others have told where their clients are.
func (m *Mesh) Left(session string, key Key) string {
	if m == nil || session == "" {
		return session
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if node, known := m.seats[seatOf(session, key)]; known && node != m.bus.Node() {
		return ""
	}
	return session
}

// HandOver gives other nodes what is known of a client, before this one ends.
func (m *Mesh) HandOver(session string, key Key, pos db.Position) {
	m.publish(everybody, &message{kind: hand, session: session, name: key.Name, private: key.Private, pos: pos})
}

// seated takes what another node says of a client.
func (m *Mesh) seated(node string, msg *message) {
	key := Key{Name: msg.name, Private: msg.private}
	m.mu.Lock()
	if at := seatOf(msg.session, key); msg.kind == sit {
		m.seats.set(at, node)
	} else {
		delete(m.seats, at)
	}
	m.mu.Unlock()
	m.room.Keep(msg.session, key, msg.pos, msg.kind == hand)
}

// seatsOf takes a list of clients that listen at a node.
func (m *Mesh) seatsOf(node string, list []id) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, at := range list {
		m.seats.set(at, node)
	}
}

// tellSeats tells a node who listens here.
func (m *Mesh) tellSeats(node string) {
	var own []id
	m.mu.Lock()
	for at, n := range m.seats {
		if n == m.bus.Node() {
			own = append(own, at)
		}
	}
	m.mu.Unlock()
	for part := range slices.Chunk(own, askedAtOnce) {
		m.publish(bus.Inbox(node), &message{kind: sitting, topics: part})
	}
}

// bereft reports whether a client listened at a node that is not there, or is one of
// those that did not answer.
func (m *Mesh) bereft(session string, key Key, silent map[string]struct{}) bool {
	m.mu.Lock()
	node, known := m.seats[seatOf(session, key)]
	_, waits := silent[node]
	m.mu.Unlock()
	return known && node != m.bus.Node() && (waits || !slices.Contains(m.bus.Peers(), node))
}
