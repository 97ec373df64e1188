package realtime

import (
	"context"
	"encoding/json"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/plinth-dev/plinth/internal/realtime/ledger"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/realtime/ws"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/value"
)

const topicPrefix = "realtime:"

// socket is one client's connection with its channels. What it reads it handles in
// order, in one goroutine at a time.
type socket struct {
	svc    *Service
	conn   *ws.Conn
	vsn    phoenix.Version
	who    *actor
	cancel context.CancelFunc
	next   func() // runs it
	verify func(tok string) (*token.Claims, error)
	// session is the client's own name for itself, the same at each connection; "" for none.
	session string

	ended         sync.Once
	joins, events rate

	mu       sync.Mutex // of what follows, which the watch reads
	channels []*channel // a few: a list is smaller than a map, and as quick
	over     bool       // the connection has ended, no channel is added any more
}

// run handles messages until none is there, and then leaves the connection to be waited
// for; after the last it calls done. Who handled one has a deep stack: another goroutine
// goes on from a small one.
func (k *socket) run(ctx context.Context, done func()) {
	for k.handle(ctx) {
		if !k.conn.Buffered() {
			k.conn.Next(k.next)
			return
		}
	}
	k.end()
	done()
}

// handle takes one message; false says that there are no more.
func (k *socket) handle(ctx context.Context) (more bool) {
	defer func() {
		if p := recover(); p != nil {
			k.svc.log.Error("realtime: a socket failed", "panic", p, "stack", string(debug.Stack()))
		}
	}()
	op, frame, err := k.conn.Read()
	if err != nil {
		return false
	}
	if op != 0 && !k.take(ctx, op, frame) {
		k.conn.Close(ws.CodeProtocol, "not a message of this protocol")
	}
	return true
}

// end leaves every channel; who calls it second waits until it is done.
func (k *socket) end() {
	k.ended.Do(func() {
		k.conn.Abort()
		k.mu.Lock()
		k.over = true
		k.mu.Unlock()
		for _, ch := range k.list() {
			k.drop(ch, true)
		}
	})
}

func (k *socket) list() []*channel {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.channels)
}

// find returns the channel that m is for; a message of an earlier join is for none.
func (k *socket) find(topic string, joinRef phoenix.Ref) *channel {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, ch := range k.channels {
		if ch.topic == topic && (joinRef == "" || joinRef == ch.joinRef) {
			return ch
		}
	}
	return nil
}

// add is false where the connection was ended, by a client that came back by another one.
func (k *socket) add(ch *channel) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.over {
		return false
	}
	k.channels = append(slices.Clip(k.channels), ch)
	return true
}

// drop takes ch out of everything, and remembers up to where its client was told. It
// does nothing the second time. gone says that the connection has ended.
func (k *socket) drop(ch *channel, gone bool) bool {
	k.mu.Lock()
	i := slices.Index(k.channels, ch)
	mine := i >= 0
	if mine {
		k.channels = slices.Delete(k.channels, i, i+1)
	}
	k.mu.Unlock()
	if mine {
		pos := k.svc.index.leave(ch, gone)
		k.svc.hub.leave(ch, gone)
		k.svc.exit(ch)
		k.svc.recall.put(recallKey{k.svc.mesh.Left(k.session, ch.key.mesh()), ch.key}, pos, ch.last)
		if ch.id != "" {
			k.svc.ledger.Put(ch.id, ledger.Row{Told: pos})
		}
		if k.session != "" && k.svc.mesh != nil && k.svc.leaving.Load() {
			k.svc.mesh.HandOver(k.session, ch.key.mesh(), pos)
		}
	}
	return mine
}

// take handles one frame; false says that it was none. Where that fails, the channel that
// it is for ends with phx_error, and its client joins it again; the others go on.
func (k *socket) take(ctx context.Context, op ws.Op, frame []byte) (ok bool) {
	if op == ws.OpBinary {
		return k.takeBinary(ctx, frame)
	}
	m, err := k.vsn.Parse(frame)
	if err != nil {
		return false
	}
	defer func() {
		if p := recover(); p != nil {
			k.svc.log.Error("realtime: a message failed", "event", m.Event, "panic", p, "stack", string(debug.Stack()))
			k.fail(&m)
			ok = true
		}
	}()
	switch {
	case m.Topic == "phoenix":
		k.reply(&m, "ok", "{}")
	case m.Event == "phx_join":
		k.join(ctx, &m)
	default:
		k.route(ctx, &m)
	}
	return true
}

// fail ends the channel whose message could not be handled.
func (k *socket) fail(m *phoenix.Message) {
	ch := k.find(m.Topic, "")
	switch {
	case ch == nil:
		k.refuse(m, "InternalServerError: the server failed, try again")
	case k.drop(ch, false):
		k.push(&phoenix.Message{JoinRef: ch.joinRef, Ref: ch.joinRef, Topic: ch.topic, Event: "phx_error", Payload: json.RawMessage("{}")})
	}
}

// route gives m to its channel.
func (k *socket) route(ctx context.Context, m *phoenix.Message) {
	ch := k.find(m.Topic, m.JoinRef)
	switch {
	case m.Event == "phx_leave":
		k.reply(m, "ok", "{}")
		if ch != nil {
			ch.close()
			k.svc.recall.take(recallKey{k.session, ch.key}) // it does not come back for it
			if ch.id != "" {
				k.svc.ledger.Drop(ch.id)
			}
		}
	case ch == nil:
		k.reply(m, "error", `{"reason":"unmatched topic"}`)
	case m.Event == "access_token":
		ch.accessToken(ctx, m)
	case !k.mayEvent():
		ch.fail("system", reason(errEventRate))
	case m.Event == "broadcast":
		ch.takeBroadcast(ctx, m)
	case m.Event == "presence":
		ch.takePresence(ctx, m)
	}
}

// mayEvent counts an event of the socket and of the server.
func (k *socket) mayEvent() bool {
	return k.events.allow(time.Now(), time.Second, k.svc.cfg.MaxEvents) && k.svc.allow(&k.svc.events)
}

func (k *socket) takeBinary(ctx context.Context, frame []byte) bool {
	b, event, err := phoenix.ParseBinary(frame)
	if err != nil || k.vsn != phoenix.V2 {
		return false
	}
	m := phoenix.Message{JoinRef: b.JoinRef, Ref: b.Ref, Topic: b.Topic}
	ch := k.find(b.Topic, b.JoinRef)
	switch {
	case ch == nil:
		k.reply(&m, "error", `{"reason":"unmatched topic"}`)
	case !k.mayEvent():
		ch.fail("system", reason(errEventRate))
	case event == "broadcast":
		ch.cast(ctx, &m, &b)
	}
	return true
}

// reply answers m; response is JSON. A message without a reference wants no answer, but
// for a join: the Kotlin client's has none, and it needs the ids of what it asked for.
func (k *socket) reply(m *phoenix.Message, status, response string) {
	if m.Ref == "" && m.Event != "phx_join" {
		return
	}
	k.push(&phoenix.Message{
		JoinRef: m.JoinRef, Ref: m.Ref, Topic: m.Topic, Event: "phx_reply",
		Payload: json.RawMessage(`{"status":"` + status + `","response":` + response + `}`),
	})
}

func (k *socket) refuse(m *phoenix.Message, why string) {
	k.reply(m, "error", string(value.AppendJSONString([]byte(`{"reason":`), why))+"}")
}

func (k *socket) push(m *phoenix.Message) { k.conn.Send(ws.Text(k.vsn.Append(nil, m))) }

// expire closes the channels whose tokens have ended, looks after those that wait for a
// table, and ends the connection of a client that is silent.
func (k *socket) expire(now time.Time) {
	k.conn.EndIdle(now)
	for _, ch := range k.list() {
		if ch.who.Load().expired(now, k.verify) {
			ch.fail("system", "Token has expired")
			continue
		}
		ch.retry(k.svc.cfg.DB.Catalog())
	}
}

// subtopic is a topic without its prefix.
func subtopic(topic string) (string, bool) { return strings.CutPrefix(topic, topicPrefix) }

// rate counts what happens in a span of time.
type rate struct {
	since time.Time
	n     int
}

func (r *rate) allow(now time.Time, span time.Duration, most int) bool {
	if now.Sub(r.since) >= span {
		r.since, r.n = now, 0
	}
	r.n++
	return r.n <= most
}
