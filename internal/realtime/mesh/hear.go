package mesh

import (
	"maps"
	"slices"

	"github.com/plinth-dev/plinth/internal/bus"
)

const askedAtOnce = 4096 // topics of one ask

// heard takes what another node said on a topic.
func (m *Mesh) heard(i id, raw bus.Message) {
	t := m.topic(i)
	if t == nil {
		return
	}
	if raw.Lost {
		m.askNode(raw.From, []id{i})
		return
	}
	msg, err := parse(raw.Data)
	if err != nil {
		m.log.Warn("realtime: another node says what nobody understands", "node", raw.From)
		return
	}
	switch msg.kind {
	case cast:
		m.room.Broadcast(t.key, msg.body)
	case delta:
		m.changed(i, t, raw.From, &msg)
	}
}

func (m *Mesh) topic(i id) *topic {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.topics[i]
}

// changed applies a change to a node's entries, or asks for all where one is missing.
func (m *Mesh) changed(i id, t *topic, node string, msg *message) {
	m.mu.Lock()
	known := t.known[node]
	fits := known == msg.prev || msg.prev == 0
	if msg.ver > known && fits {
		t.known[node] = msg.ver
	}
	m.mu.Unlock()
	switch {
	case msg.ver <= known: // it is in the state that we have
	case !fits:
		m.askNode(node, []id{i})
	case msg.prev == 0 && known != 0: // the topic began anew there
		m.room.Replace(t.key, node, msg.joins)
	default:
		m.room.Apply(t.key, node, msg.joins, msg.leaves)
	}
}

func (m *Mesh) askNode(node string, topics []id) {
	m.publish(bus.Inbox(node), &message{kind: ask, always: true, topics: topics})
}

// take takes what is said to all, or to this node.
func (m *Mesh) take(raw bus.Message) {
	if raw.Lost { // questions are asked again, loads told again; states may be stale
		m.resync(raw.From)
		m.publish(bus.Inbox(raw.From), &message{kind: where})
		return
	}
	msg, err := parse(raw.Data)
	if err != nil {
		m.log.Warn("realtime: another node says what nobody understands", "node", raw.From)
		return
	}
	switch msg.kind {
	case ask:
		for _, i := range msg.topics {
			m.answer(raw.From, i, msg.always)
		}
	case state:
		m.settle(raw.From, &msg)
	case load:
		m.mu.Lock()
		m.loads[raw.From] = msg.count
		m.mu.Unlock()
	case recall:
		m.work.Go(func() { m.remember(raw.From, &msg) })
	case told:
		m.answered(raw.From, &msg)
	case sit, hand:
		m.seated(raw.From, &msg)
	case sitting:
		m.seatsOf(raw.From, msg.topics)
	case where:
		m.tellSeats(raw.From)
	}
}

// answer tells a node who is present here. That nobody is has a number, too, taken before
// the look: somebody may come after it, and word of that overtake this answer.
func (m *Mesh) answer(node string, i id, always bool) {
	out := message{kind: state, topic: i, head: m.bus.Head(subject(i))}
	before := m.ver.Load()
	if t := m.topic(i); t != nil {
		out.joins, out.ver = m.room.Own(t.key)
	}
	if out.ver == 0 {
		out.ver = before
	}
	if always || len(out.joins) > 0 {
		m.publish(bus.Inbox(node), &out)
	}
}

// settle makes a node's state ours, where it is not older than what we have.
func (m *Mesh) settle(node string, msg *message) {
	m.mu.Lock()
	t := m.topics[msg.topic]
	if t == nil {
		m.mu.Unlock()
		return
	}
	fresh := msg.ver >= t.known[node]
	if fresh {
		t.known[node] = msg.ver
	}
	m.mu.Unlock()
	m.bus.Expect(node, t.subject, msg.head)
	if fresh {
		m.room.Replace(t.key, node, msg.joins)
	}
	m.heardFrom(t, node)
}

// heardFrom notes that a node need not be waited for.
func (m *Mesh) heardFrom(t *topic, node string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, waited := t.waiting[node]; !waited {
		return
	}
	if delete(t.waiting, node); len(t.waiting) == 0 {
		close(t.ready)
	}
}

// peer is told that another node is up, or down: then whoever was present there is not.
func (m *Mesh) peer(node string, up bool) {
	if up {
		m.resync(node)
		m.tellSeats(node)
		return
	}
	m.mu.Lock()
	delete(m.loads, node)
	var bereft []*topic
	all := slices.Collect(maps.Values(m.topics))
	for _, t := range all {
		if _, had := t.known[node]; had {
			delete(t.known, node)
			bereft = append(bereft, t)
		}
	}
	for _, q := range m.asked {
		q.drop(node)
	}
	m.mu.Unlock()
	for _, t := range bereft {
		m.room.Replace(t.key, node, nil)
	}
	for _, t := range all {
		m.heardFrom(t, node)
	}
}

// resync asks a node for all that concerns this one.
func (m *Mesh) resync(node string) {
	m.mu.Lock()
	all := slices.Collect(maps.Keys(m.topics))
	m.mu.Unlock()
	for part := range slices.Chunk(all, askedAtOnce) {
		m.askNode(node, part)
	}
}

// remember looks for a client's session and answers.
func (m *Mesh) remember(node string, q *message) {
	out := message{kind: told, req: q.req}
	out.pos, out.age, out.known = m.room.Recall(q.session, Key{Name: q.name, Private: q.private})
	m.publish(bus.Inbox(node), &out)
}

func (m *Mesh) answered(node string, msg *message) {
	m.mu.Lock()
	defer m.mu.Unlock()
	q := m.asked[msg.req]
	if q == nil {
		return
	}
	if msg.known {
		q.end(*msg)
		return
	}
	q.drop(node)
}

// end gives the answer, the first one.
func (q *question) end(a message) {
	select {
	case q.answer <- a:
	default:
	}
}

// drop ends the waiting for a node that does not know.
func (q *question) drop(node string) {
	if delete(q.waiting, node); len(q.waiting) == 0 {
		q.end(message{})
	}
}
