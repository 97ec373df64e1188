package realtime

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"unicode/utf8"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/realtime/phoenix"
	"github.com/plinth-dev/plinth/internal/wire"
)

// note is one message of an HTTP broadcast.
type note struct {
	Topic   string          `json:"topic"`
	Event   string          `json:"event"`
	Payload json.RawMessage `json:"payload"`
	Private flag            `json:"private"`
}

// broadcastMany answers POST /api/broadcast.
func (s *Service) broadcastMany(w http.ResponseWriter, r *http.Request) error {
	var body struct {
		Messages []note `json:"messages"`
	}
	if err := wire.DecodeJSON(w, r, int64(s.cfg.MaxFrame), &body); err != nil {
		return unprocessable(err)
	}
	if len(body.Messages) > s.cfg.MaxMessages {
		return invalid("too many messages")
	}
	for _, m := range body.Messages {
		if err := s.checkNote(&m); err != nil {
			return err
		}
		if !s.allow(&s.events) {
			return errEventRate
		}
	}
	for _, m := range body.Messages {
		s.spread(r, &m, &parcel{msg: textNote(&m)})
	}
	w.WriteHeader(http.StatusAccepted)
	return nil
}

// broadcastOne answers POST /api/broadcast/{topic}/events/{event}.
func (s *Service) broadcastOne(w http.ResponseWriter, r *http.Request) error {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "application/json" && kind != "application/octet-stream" {
		return errMediaType
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, int64(s.cfg.MaxFrame)))
	if err != nil {
		return unprocessable(err)
	}
	private := r.URL.Query().Get("private")
	m := &note{Topic: r.PathValue("topic"), Event: r.PathValue("event"), Payload: body, Private: private == "true" || private == "1"}
	if kind == "application/octet-stream" {
		m.Payload = nil
	}
	if err := s.checkNote(m); err != nil {
		return err
	}
	if !s.allow(&s.events) {
		return errEventRate
	}
	p := &parcel{msg: textNote(m)}
	if m.Payload == nil {
		p = &parcel{binary: &phoenix.Broadcast{Topic: topicPrefix + m.Topic, Event: m.Event, Payload: body, Bytes: true}}
	}
	s.spread(r, m, p)
	w.WriteHeader(http.StatusAccepted)
	return nil
}

func textNote(m *note) phoenix.Message {
	return phoenix.Message{Topic: topicPrefix + m.Topic, Event: "broadcast", Payload: broadcastPayload(m.Event, m.Payload, nil)}
}

func (s *Service) checkNote(m *note) error {
	switch {
	case m.Topic == "":
		return invalid("topic can't be blank")
	case m.Event == "":
		return invalid("event can't be blank")
	case len(m.Payload) > s.cfg.MaxPayload:
		return invalid("payload is too large")
	case m.Payload != nil && !(json.Valid(m.Payload) && utf8.Valid(m.Payload)):
		return invalid("payload is not valid JSON")
	}
	return nil
}

// spread sends p to all members of m's topic. To a private one only those may send
// whom the policies let; others are not told.
func (s *Service) spread(r *http.Request, m *note, p *parcel) {
	key := topicKey{name: m.Topic, private: bool(m.Private)}
	if key.private && !s.mayWrite(r.Context(), actorOf(wire.Who(r)), key.name, extBroadcast) {
		return
	}
	s.hub.with(key, func(t *topic) { t.cast(p, nil) })
	s.abroad(key, p)
}

func invalid(why string) error {
	f := fault.New(fault.Invalid, "invalid_broadcast", why)
	f.Status = http.StatusUnprocessableEntity
	return f
}

// unprocessable makes a body that can't be read a 422, but for one that is too large.
func unprocessable(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) || errors.Is(err, wire.ErrBodyTooLarge) {
		return err
	}
	return invalid("the body is not a list of messages")
}
