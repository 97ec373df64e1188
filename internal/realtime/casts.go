package realtime

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/realtime/ledger"
)

// Bounds of the broadcasts that are kept for clients that come back.
const (
	keptCasts     = 1000     // of a topic
	keptCastBytes = 1 << 20  // of a topic
	allCastBytes  = 64 << 20 // of all topics
	castOverhead  = 256      // bytes of one, beside what it says
)

// casts is the latest broadcasts between the clients of a topic. They are kept where a
// client with a session is, or may come back to. Under the topic's lock.
type casts struct {
	list    []cast
	bytes   int
	since   uint64    // all after it are in list
	members int       // with a session
	until   time.Time // who left may come back
	heard   bool      // from other nodes, on its own account
	noted   bool      // the ledger knows that clients talk here
}

// cast is a broadcast with its number, which grows over all topics of this node.
type cast struct {
	seq   uint64
	at    time.Time
	p     *parcel
	by    string // the session of its sender
	bytes int
}

// castMark is a frame on its way and the broadcast in it.
type castMark struct{ end, seq uint64 }

// cast sends a broadcast to the members who may hear it. from is its sender, nil where it
// has no channel here. The lock is held.
func (t *topic) cast(p *parcel, from *channel) {
	seq := t.keep(p, from)
	for ch := range t.members {
		if (ch != from || ch.self) && ch.may.Load().readBroadcast {
			ch.hear(p, seq)
		}
	}
}

// hear sends a broadcast to ch, where it can be told to its client.
func (ch *channel) hear(p *parcel, seq uint64) bool {
	f := p.frame(ch.sock.vsn)
	if f == nil {
		return false
	}
	end := ch.sock.conn.Send(f)
	if ch.sock.session == "" || seq == 0 {
		return true
	}
	if ch.heard = append(ch.heard, castMark{end, seq}); len(ch.heard)%marksKept == 0 {
		ch.heard = unheard(ch.heard, ch.sock.conn.Taken())
	}
	return true
}

// unheard leaves out the broadcasts that were taken.
func unheard(marks []castMark, taken uint64) []castMark {
	i := 0
	for i < len(marks) && marks[i].end <= taken {
		i++
	}
	return append(marks[:0], marks[i:]...)
}

// keep notes a broadcast for clients that come back, and returns its number; 0 says that
// there are none.
func (t *topic) keep(p *parcel, from *channel) uint64 {
	c := t.casts
	if c == nil {
		return 0
	}
	one := cast{seq: t.hub.casts.Add(1), at: time.Now(), p: p, bytes: castOverhead + len(p.msg.Payload)}
	if p.binary != nil {
		one.bytes += len(p.binary.Payload)
	}
	if from != nil {
		one.by = from.sock.session
	}
	if !c.noted {
		c.noted = true
		t.hub.ledger.Put(t.key.ledgerID(), ledger.Row{Open: true, Lost: true})
	}
	c.list = append(c.list, one)
	c.bytes += one.bytes
	all := t.hub.castBytes.Add(int64(one.bytes))
	for len(c.list) > 0 && (len(c.list) > keptCasts || c.bytes > keptCastBytes || all > allCastBytes || one.at.Sub(c.list[0].at) > t.hub.window) {
		all = t.forget()
	}
	return one.seq
}

// forget drops the oldest broadcast, and returns the bytes of all topics.
func (t *topic) forget() int64 {
	c := t.casts
	first := c.list[0]
	c.list[0] = cast{}
	if c.list = c.list[1:]; len(c.list) == 0 {
		c.list = nil
	}
	c.since = first.seq
	c.bytes -= first.bytes
	return t.hub.castBytes.Add(-int64(first.bytes))
}

// expect begins to keep broadcasts for a client that may come back. The lock is held.
func (t *topic) expect(ch *channel) {
	if ch.sock.session == "" {
		return
	}
	if t.casts == nil {
		t.casts = &casts{since: t.hub.casts.Load()}
	}
	t.casts.members++
}

// part notes that a client left who may come back, and the last broadcast that it has or
// is about to have. The lock is held.
func (t *topic) part(ch *channel, gone bool) {
	if ch.sock.session == "" || t.casts == nil {
		return
	}
	t.casts.members--
	t.casts.until = time.Now().Add(t.hub.window)
	ch.last = t.hub.casts.Load()
	if left := unheard(ch.heard, ch.sock.conn.Taken()); gone && len(left) > 0 {
		ch.last = left[0].seq - 1
	}
}

// missed calls f for the broadcasts after one that ch's client would have heard; ok is
// false where some are gone. The lock is held.
func (t *topic) missed(session string, self bool, from uint64, f func(c *cast)) (ok bool) {
	c := t.casts
	if c == nil || from < c.since {
		return false
	}
	for i := range c.list {
		if one := &c.list[i]; one.seq > from && (self || one.by != session) {
			f(one)
		}
	}
	return true
}

// retell sends ch the broadcasts that it missed, none of them where some are gone, and
// returns how many they were. The lock is held.
func (t *topic) retell(ch *channel, from uint64) (n int, ok bool) {
	if !ch.may.Load().readBroadcast {
		return 0, true
	}
	ok = t.missed(ch.sock.session, ch.self, from, func(c *cast) {
		if ch.hear(c.p, c.seq) {
			n++
		}
	})
	return n, ok
}

// stillHeard lets a topic's broadcasts be heard from other nodes as long as they are kept.
func (s *Service) stillHeard(ctx context.Context, key topicKey) {
	if s.mesh == nil {
		return
	}
	begin := false
	s.hub.with(key, func(t *topic) {
		if begin = t.casts != nil && !t.casts.heard; begin {
			t.casts.heard = true
		}
	})
	if begin {
		s.hub.hold(key)
		s.mesh.Enter(ctx, key.mesh())
	}
}

// settleCasts forgets broadcasts that nobody comes back for.
func (s *Service) settleCasts(now time.Time) {
	var old []topicKey
	s.hub.mu.Lock()
	for key, t := range s.hub.topics {
		t.mu.Lock()
		if c := t.casts; c != nil && c.members == 0 && now.After(c.until) {
			for len(c.list) > 0 {
				t.forget()
			}
			if c.noted {
				s.ledger.Drop(key.ledgerID())
			}
			if t.casts = nil; c.heard {
				old = append(old, key)
			}
			s.hub.end(t)
		}
		t.mu.Unlock()
	}
	s.hub.mu.Unlock()
	for _, key := range old {
		s.mesh.Exit(key.mesh())
		s.hub.letGo(key)
	}
}
