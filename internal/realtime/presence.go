package realtime

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"slices"
	"sort"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/value"
)

const presenceSpan = 30 * time.Second

// presence is who is there: metas by key, in the order in which they came.
type presence map[string][]meta

// meta is one channel's presence.
type meta struct {
	ch   *channel // nil where it is another node's
	node string   // that node
	ref  string
	body json.RawMessage // the user's object with phx_ref in it
}

// takePresence handles track and untrack.
func (ch *channel) takePresence(ctx context.Context, m *phoenix.Message) {
	var p struct {
		Event   string          `json:"event"`
		Payload json.RawMessage `json:"payload"`
	}
	svc := ch.sock.svc
	switch {
	case json.Unmarshal(m.Payload, &p) != nil:
		ch.sock.refuse(m, reason(errPresencePayload))
		return
	case !ch.tracks.allow(time.Now(), presenceSpan, svc.cfg.MaxPresence):
		ch.fail("system", reason(errPresenceRate))
		return
	case len(p.Payload) > svc.cfg.MaxPayload:
		ch.sock.refuse(m, "payload_size_exceeded")
		return
	}
	switch strings.ToLower(p.Event) {
	case "track":
		ch.track(ctx, m, p.Payload)
	case "untrack":
		svc.hub.with(ch.key, func(t *topic) { t.untrack(ch) })
		ch.sock.reply(m, "ok", "{}")
	default:
		ch.sock.refuse(m, "unknown presence event")
	}
}

// track makes ch present, or changes what it says of itself. Tracking turns presence
// on where the join did not ask for it. Who may not write is not told so.
func (ch *channel) track(ctx context.Context, m *phoenix.Message, payload json.RawMessage) {
	if len(payload) == 0 || string(payload) == "null" {
		payload = json.RawMessage("{}")
	}
	if value.JTypeOf(string(payload)) != "object" {
		ch.sock.refuse(m, reason(errPresencePayload))
		return
	}
	if ch.mayWrite(ctx, extPresence) {
		ch.sock.svc.hub.with(ch.key, func(t *topic) {
			if ch.may.Load().readPresence && !ch.presenceOn.Swap(true) {
				ch.push("presence_state", t.present.state())
			}
			t.track(ch, payload)
		})
	}
	ch.sock.reply(m, "ok", "{}")
}

// track tells all of ch's new meta, and of the end of its old one. The lock is held.
func (t *topic) track(ch *channel, payload json.RawMessage) {
	if _, there := t.members[ch]; !there {
		return // the watch closed it meanwhile
	}
	if t.present == nil {
		t.present = presence{}
	}
	list := t.present[ch.presenceKey]
	fresh := meta{ch: ch, ref: newRef()}
	var gone []meta
	if i := slices.IndexFunc(list, func(m meta) bool { return m.ch == ch }); i >= 0 {
		gone = []meta{list[i]}
		fresh.body = withRef(payload, fresh.ref, list[i].ref)
		list[i] = fresh
	} else {
		fresh.body = withRef(payload, fresh.ref, "")
		t.present[ch.presenceKey] = append(list, fresh)
	}
	t.diff(ch, []meta{fresh}, gone)
}

// untrack takes ch out and tells all. The lock is held.
func (t *topic) untrack(ch *channel) {
	list := t.present[ch.presenceKey]
	i := slices.IndexFunc(list, func(m meta) bool { return m.ch == ch })
	if i < 0 {
		return
	}
	gone := list[i]
	t.present.set(ch.presenceKey, slices.Delete(list, i, i+1))
	t.diff(ch, nil, []meta{gone})
}

// diff tells who came and went, all under ch's key; other nodes, too.
func (t *topic) diff(ch *channel, joins, leaves []meta) {
	one := func(list []meta) presence {
		if len(list) == 0 {
			return nil
		}
		return presence{ch.presenceKey: list}
	}
	t.tell(one(joins), one(leaves))
	if t.mesh != nil {
		t.ver = t.mesh.Delta(t.key.mesh(), t.ver, entries(ch.presenceKey, joins), entries(ch.presenceKey, leaves))
	}
}

// tell tells the members who came and went.
func (t *topic) tell(joins, leaves presence) {
	b := append([]byte(`{"joins":`), joins.state()...)
	b = append(append(b, `,"leaves":`...), leaves.state()...)
	b = append(b, '}')
	p := &parcel{msg: phoenix.Message{Topic: topicPrefix + t.key.name, Event: "presence_diff", Payload: b}}
	t.send(p)
}

// set makes the metas of a key those given.
func (p presence) set(key string, list []meta) {
	if len(list) == 0 {
		delete(p, key)
	} else {
		p[key] = list
	}
}

func appendMetas(b []byte, key string, list []meta) []byte {
	b = value.AppendJSONString(b, key)
	b = append(b, `:{"metas":[`...)
	for i, m := range list {
		if i > 0 {
			b = append(b, ',')
		}
		b = append(b, m.body...)
	}
	return append(b, `]}`...)
}

// state is everyone, as a newcomer is told.
func (p presence) state() []byte {
	keys := make([]string, 0, len(p))
	for k := range p {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	b := []byte{'{'}
	for i, k := range keys {
		if i > 0 {
			b = append(b, ',')
		}
		b = appendMetas(b, k, p[k])
	}
	return append(b, '}')
}

// withRef puts the references at the end of the user's object: of two members with
// one name readers take the last, so that a user can't forge them.
func withRef(payload json.RawMessage, ref, prev string) json.RawMessage {
	body := strings.TrimSpace(string(payload))
	body = strings.TrimRight(body[:len(body)-1], " \t\r\n")
	b := []byte(body)
	if len(b) > 1 {
		b = append(b, ',')
	}
	b = append(b, `"phx_ref":"`...)
	b = append(b, ref...)
	if prev != "" {
		b = append(b, `","phx_ref_prev":"`...)
		b = append(b, prev...)
	}
	return append(b, `"}`...)
}

func newRef() string {
	var b [9]byte
	_, _ = rand.Read(b[:])
	return base64.RawURLEncoding.EncodeToString(b[:])
}
