package server

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/limit/shed"
	"github.com/plinth-dev/plinth/internal/wire/http1"
)

// gate answers plain requests that are refused, before anything is made of them: it must
// cost next to nothing, since there may be many times as many as are let in. Its answers
// are what the rooms say of errOverload, made once.
type gate struct {
	log   *slog.Logger
	admit func(shed.Priority, http1.Arrival) bool
	rooms []gateRoom
	spoke atomic.Pointer[time.Time] // when the log was told
}

type gateRoom struct {
	prefix  string
	urgency urgency
	answers [3][]byte // by the seconds after which to come again
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
		room.answers[i] = refusal(h, i+1)
	}
	g.rooms = append(g.rooms, room)
}

// takes says of which requests the gate decides. An answer to a browser, which says where
// it comes from, depends on that, and one to HEAD has no body: the rooms refuse them.
func takes(method string, origin bool) bool {
	return method != http.MethodHead && method != http.MethodOptions && !origin
}

// answer is http1.Server's Gate.
func (g *gate) answer(a http1.Arrival) []byte {
	if !takes(a.Method, a.Origin) {
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
		return r.answers[rand.IntN(len(r.answers))] // not all at once
	}
	return nil
}

// tell writes a line now and then: a line for each would cost more than the refusal.
func (g *gate) tell(refused uint64) {
	now, was := time.Now(), g.spoke.Load()
	if (was == nil || now.Sub(*was) >= 10*time.Second) && g.spoke.CompareAndSwap(was, &now) {
		g.log.Warn("more to do than the processors can: requests are refused", "refused", refused)
	}
}

// refusal is the whole answer of a room that says errOverload.
func refusal(h http.Handler, seconds int) []byte {
	r := &http.Request{Method: http.MethodPost, URL: &url.URL{Path: "/"}, Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Body: http.NoBody}
	w := &told{header: http.Header{}}
	refuse(h, w, r, errOverload)
	var b bytes.Buffer
	fmt.Fprintf(&b, "HTTP/1.1 %d %s\r\n", w.status, http.StatusText(w.status))
	w.header.Set("Retry-After", strconv.Itoa(seconds))
	w.header.Set("Content-Length", strconv.Itoa(w.body.Len()))
	if err := w.header.Write(&b); err != nil {
		panic(err) // a buffer takes everything
	}
	b.WriteString("\r\n")
	b.Write(w.body.Bytes())
	return b.Bytes()
}

// told is an answer in memory.
type told struct {
	header http.Header
	status int
	body   bytes.Buffer
}

func (s *told) Header() http.Header { return s.header }

func (s *told) WriteHeader(code int) { s.status = code }

func (s *told) Write(p []byte) (int, error) {
	if s.status == 0 {
		s.status = http.StatusOK
	}
	return s.body.Write(p)
}
