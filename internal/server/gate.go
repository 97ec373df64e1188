package server

import (
	"crypto/tls"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/limit/shed"
	"github.com/plinth-dev/plinth/internal/wire"
	"github.com/plinth-dev/plinth/internal/wire/http1"
)

// gate answers plain requests that are refused, before anything is made of them: it must
// cost next to nothing, since there may be many times as many as are let in. Its answers
// are what the rooms say of errOverload, made once.
type gate struct {
	log    *slog.Logger
	admit  func(shed.Priority, http1.Arrival) bool
	rooms  []gateRoom
	manner wire.Manners
	secure bool                      // all come over TLS
	spoke  atomic.Pointer[time.Time] // when the log was told
}

type gateRoom struct {
	prefix  string
	urgency urgency
	answers [3]spoken // by the seconds after which to come again
	web     [3]spoken // to web pages
}

// spoken is a whole answer; HEAD gets the first bytes of it.
type spoken struct {
	text []byte
	head int
}

func newGate(log *slog.Logger, admit func(shed.Priority, http1.Arrival) bool) *gate {
	return &gate{log: log, admit: admit}
}

// room adds a room that is served below a prefix.
func (g *gate) room(prefix string, h http.Handler, of urgency) {
	if g == nil {
		return
	}
	room := gateRoom{prefix: prefix + "/", urgency: of}
	for i := range room.answers {
		room.answers[i], room.web[i] = g.refusal(h, i+1, false), g.refusal(h, i+1, true)
	}
	g.rooms = append(g.rooms, room)
}

// takes says of which requests the gate decides. A preflight is never refused, and where
// not all web pages may call, an answer to one depends on which it is: the rooms refuse those.
func (g *gate) takes(method string, origin bool) bool {
	return g != nil && method != http.MethodOptions && (!origin || g.manner.Any())
}

// answer is http1.Server's Gate.
func (g *gate) answer(a http1.Arrival) []byte {
	if !g.takes(a.Method, a.Origin) {
		return nil
	}
	for i := range g.rooms {
		r := &g.rooms[i]
		if !strings.HasPrefix(a.Target, r.prefix) {
			continue
		}
		path, query, _ := strings.Cut(a.Target[len(r.prefix)-1:], "?")
		if g.admit(r.urgency(a.Method, path, query), a) {
			return nil
		}
		return r.answer(a)
	}
	return nil
}

// answer asks to come again at one of several times: not all at once.
func (r *gateRoom) answer(a http1.Arrival) []byte {
	said := &r.answers[rand.IntN(len(r.answers))]
	if a.Origin {
		said = &r.web[rand.IntN(len(r.web))]
	}
	if a.Method == http.MethodHead {
		return said.text[:said.head]
	}
	return said.text
}

// tell writes a line now and then: a line for each would cost more than the refusal.
func (g *gate) tell(refused uint64) {
	now, was := time.Now(), g.spoke.Load()
	if (was == nil || now.Sub(*was) >= 10*time.Second) && g.spoke.CompareAndSwap(was, &now) {
		g.log.Warn("more to do than the processors can: requests are refused", "refused", refused)
	}
}

// refusal is the whole answer of a room that says errOverload, to a web page or to others.
func (g *gate) refusal(h http.Handler, seconds int, web bool) spoken {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody}
	if g.secure {
		r.TLS = &tls.ConnectionState{}
	}
	text, head := wire.Whole(g.manner.Before(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !web && g.manner.Any() { // others have no use for it
			w.Header().Del("Access-Control-Allow-Origin")
			w.Header().Del("Access-Control-Expose-Headers")
		}
		w.Header().Set("Retry-After", strconv.Itoa(seconds))
		refuse(h, w, r, errOverload)
	})), r)
	return spoken{text, head}
}
