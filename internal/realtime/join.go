package realtime

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"slices"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/ledger"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
)

const (
	maxName    = 1 << 10 // bytes of a topic, and of a presence key, which others are sent
	maxChanges = 100     // postgres_changes of one join
)

// flag is a boolean that some clients send as a string.
type flag bool

// UnmarshalJSON takes true, "true" and their opposites.
func (f *flag) UnmarshalJSON(b []byte) error {
	switch string(bytes.Trim(b, `"`)) {
	case "true":
		*f = true
	case "false", "null", "":
		*f = false
	default:
		return errJoinPayload
	}
	return nil
}

// joinPayload is what a client asks for when it joins.
type joinPayload struct {
	Config struct {
		Private   flag `json:"private"`
		Broadcast struct {
			Self   flag    `json:"self"`
			Ack    flag    `json:"ack"`
			Ready  flag    `json:"replication_ready"`
			Replay *replay `json:"replay"`
		} `json:"broadcast"`
		Presence struct {
			Enabled *flag  `json:"enabled"`
			Key     string `json:"key"`
		} `json:"presence"`
		Changes []json.RawMessage `json:"postgres_changes"`
		// Since asks for the changes after a position, and for positions with them; ""
		// for positions alone.
		Since *string `json:"since"`
	} `json:"config"`
	AccessToken *string `json:"access_token"`
	UserToken   *string `json:"user_token"`
}

// token returns the token that the client wants to act with, "" for the socket's own.
func (p *joinPayload) token() string {
	for _, t := range []*string{p.AccessToken, p.UserToken} {
		if t != nil && !plainKey(*t) {
			return *t
		}
	}
	return ""
}

// join answers phx_join.
func (k *socket) join(ctx context.Context, m *phoenix.Message) {
	if ch := k.find(m.Topic, ""); ch != nil {
		ch.close() // a second join takes the first one's place
	}
	ch, p, err := k.newChannel(ctx, m)
	if err != nil {
		k.refuse(m, reason(err))
		return
	}
	back, err := ch.resumption(ctx, p.Config.Since)
	if err != nil {
		k.refuse(m, reason(err))
		return
	}
	k.svc.enter(ctx, ch)
	if back != nil {
		ch.holding, ch.resumed = true, back.from
	}
	if !k.add(ch) {
		k.svc.exit(ch)
		return
	}
	if ch.id != "" {
		k.svc.ledger.Put(ch.id, ledger.Row{Open: true})
	}
	var here db.Position
	k.svc.index.add(ch.subs, func(pos db.Position) {
		if here = pos; back == nil {
			ch.resumed = pos
		}
		if back != nil && ch.sock.svc.mesh != nil && back.from.Epoch == here.Epoch && back.from.Seq > here.Seq {
			ch.passed = back.from
		}
		ch.holding = back != nil || p.Config.Broadcast.Replay != nil
		k.svc.hub.join(ch, func(t *topic) {
			k.reply(m, "ok", ch.changesReply(p.Config.Changes, pos))
			if ch.presenceOn.Load() {
				ch.push("presence_state", t.present.state())
			}
			if back != nil && back.here {
				n, ok := t.retell(ch, back.cast)
				back.again, back.lost = n, !ok
			}
		})
	})
	if !slices.Contains(k.list(), ch) { // it was dropped before it had come
		k.svc.index.leave(ch, true)
		k.svc.hub.leave(ch, true)
		return
	}
	if k.session != "" {
		k.svc.stillHeard(ctx, ch.key)
	}
	ch.announce(k.svc.cfg.DB.Catalog())
	if p.Config.Broadcast.Ready {
		ch.system("system", "ok", "Replication connection established")
	}
	ch.catchUp(ctx, p.Config.Broadcast.Replay, back, here)
}

// newChannel checks all that a join may fail of.
func (k *socket) newChannel(ctx context.Context, m *phoenix.Message) (*channel, *joinPayload, error) {
	name, ours := subtopic(m.Topic)
	var p joinPayload
	switch {
	case !k.joins.allow(time.Now(), time.Second, k.svc.cfg.MaxJoins), !k.svc.allow(&k.svc.joins):
		return nil, nil, errJoins
	case k.svc.cfg.Admit != nil && !k.svc.cfg.Admit():
		return nil, nil, errOverload
	case len(k.list()) >= k.svc.cfg.MaxChannels:
		return nil, nil, errChannels
	case !ours || name == "":
		return nil, nil, errTopic
	case json.Unmarshal(m.Payload, &p) != nil:
		return nil, nil, errJoinPayload
	case len(name) > maxName, len(p.Config.Presence.Key) > maxName, len(p.Config.Changes) > maxChanges:
		return nil, nil, errJoinSize
	case !bool(p.Config.Private) && k.svc.cfg.PublicAccess != nil && !*k.svc.cfg.PublicAccess:
		return nil, nil, errPrivateOnly
	}
	who, tok := k.who, p.token()
	if tok == "" {
		tok = who.token // which may have ended since the handshake
	}
	if tok != "" {
		var err error
		if who, err = k.actor(tok); err != nil {
			return nil, nil, err
		}
	}
	ch := &channel{
		sock: k, topic: m.Topic, joinRef: m.JoinRef,
		key:  topicKey{name: name, private: bool(p.Config.Private)},
		self: bool(p.Config.Broadcast.Self), ack: bool(p.Config.Broadcast.Ack),
	}
	ch.id = ch.ledgerID()
	err := ch.prepare(ctx, who, &p)
	if s, ok := ch.oldForm(m.Payload); ok && err == nil {
		ch.subs, ch.old = []*subscription{s}, true
	}
	return ch, &p, err
}

// prepare fills in what the payload says.
func (ch *channel) prepare(ctx context.Context, who *actor, p *joinPayload) error {
	may, err := ch.authorize(ctx, who)
	if err != nil {
		return err
	}
	ch.who.Store(who)
	ch.may.Store(may)
	ch.presenceKey = p.Config.Presence.Key
	if ch.presenceKey == "" {
		ch.presenceKey = randomUUID()
	}
	on := p.Config.Presence.Enabled
	ch.presenceOn.Store((on == nil || bool(*on)) && may.readPresence)
	ch.positions = p.Config.Since != nil
	if err := p.Config.Broadcast.Replay.check(ch.key.private); err != nil {
		return err
	}
	ch.subs, err = newSubscriptions(ch, p.Config.Changes)
	return err
}

// changesReply echoes the wanted changes in their order, each with its id. The key is
// there even where nothing is wanted: some clients wait for it.
func (ch *channel) changesReply(wanted []json.RawMessage, here db.Position) string {
	b := []byte(`{"postgres_changes":[`)
	for i, raw := range wanted {
		if i > 0 {
			b = append(b, ',')
		}
		body := bytes.TrimSpace(raw)
		body = bytes.TrimRight(body[:len(body)-1], " \t\r\n")
		b = append(b, body...)
		if len(body) > 1 {
			b = append(b, ',')
		}
		b = append(b, `"id":`...)
		b = strconv.AppendInt(b, int64(ch.subs[i].id), 10)
		b = append(b, '}')
	}
	b = append(b, ']')
	if ch.positions {
		b = append(appendPosition(append(b, `,"position":"`...), here), '"')
	}
	return string(append(b, '}'))
}

func randomUUID() string {
	var b [16]byte
	_, _ = rand.Read(b[:])
	b[6], b[8] = b[6]&0x0f|0x40, b[8]&0x3f|0x80
	h := hex.EncodeToString(b[:])
	return h[:8] + "-" + h[8:12] + "-" + h[12:16] + "-" + h[16:20] + "-" + h[20:]
}
