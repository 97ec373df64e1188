package realtime

import (
	"context"
	"encoding/json"
	"sync/atomic"

	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/value"
)

// channel is one join of a topic by a socket. What is not atomic is either never
// changed after the join or belongs to the socket's goroutine.
type channel struct {
	sock    *socket
	topic   string // as the client says it
	key     topicKey
	joinRef phoenix.Ref
	id      string // in the ledger; "" without a session

	self, ack bool // of broadcasts
	who       atomic.Pointer[actor]
	may       atomic.Pointer[permits] // of a private channel

	presenceKey string
	presenceOn  atomic.Bool
	tracks      rate

	subs      []*subscription
	unmet     atomic.Bool // a table of subs is not published yet
	positions bool        // changes are told with their position
	old       bool        // changes are told as before 2022 (old.go)

	heard []castMark // broadcasts on their way; the topic's
	last  uint64     // the last one that the client has; set when it left
	wayBack
}

// push sends an event of the server to this channel's client.
func (ch *channel) push(event string, payload []byte) {
	ch.sock.push(&phoenix.Message{JoinRef: ch.joinRef, Topic: ch.topic, Event: event, Payload: payload})
}

// system tells the client how an extension of the channel fares.
func (ch *channel) system(extension, status, message string) {
	b := []byte(`{"channel":`)
	b = value.AppendJSONString(b, ch.key.name)
	b = append(b, `,"extension":`...)
	b = value.AppendJSONString(b, extension)
	b = append(b, `,"message":`...)
	b = value.AppendJSONString(b, message)
	b = append(b, `,"status":`...)
	b = value.AppendJSONString(b, status)
	ch.push("system", append(b, '}'))
}

// close ends the channel from either side.
func (ch *channel) close() {
	if ch.sock.drop(ch, false) {
		ch.sock.push(&phoenix.Message{
			JoinRef: ch.joinRef, Ref: ch.joinRef, Topic: ch.topic, Event: "phx_close", Payload: json.RawMessage("{}"),
		})
	}
}

// fail tells why, and closes.
func (ch *channel) fail(extension, why string) {
	ch.system(extension, "error", why)
	ch.close()
}

// accessToken takes a new token for the channel: it is looked at as at the join, and
// from then on the channel acts with it. There is no answer where all is well.
func (ch *channel) accessToken(ctx context.Context, m *phoenix.Message) {
	var p struct {
		Token *string `json:"access_token"`
	}
	if json.Unmarshal(m.Payload, &p) != nil || p.Token == nil || plainKey(*p.Token) || *p.Token == ch.who.Load().token {
		return
	}
	who, err := ch.sock.actor(*p.Token)
	if err != nil {
		ch.fail("system", reason(err))
		return
	}
	may, err := ch.authorize(ctx, who)
	if err != nil {
		ch.fail("system", reason(err))
		return
	}
	ch.sock.svc.index.regroup(ch.subs, func() {
		ch.who.Store(who)
		ch.may.Store(may)
	})
}
