package realtime

import (
	"context"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// The extensions of a channel that policies tell apart.
const (
	extBroadcast = "broadcast"
	extPresence  = "presence"
)

const (
	sqlProbe = `insert into realtime.messages (topic, extension, event, private) values ($1, 'broadcast', 'probe', true), ($1, 'presence', 'probe', true) returning id`
	sqlRead  = `select extension from realtime.messages where topic = $1 and event = 'probe' and id in ($2, $3)`
	sqlWrite = `insert into realtime.messages (topic, extension, event, private) values ($1, $2, 'probe', true)`
)

// permits is what an actor may do in a channel. Writing is found out when it is first
// tried; the two fields of it belong to the socket's goroutine.
type permits struct {
	readBroadcast, readPresence bool
	write                       map[string]bool // by extension; absent = not known yet
}

// openToAll is what everybody may do in a channel that is not private.
var openToAll = &permits{readBroadcast: true, readPresence: true, write: map[string]bool{extBroadcast: true, extPresence: true}}

// authorize finds out what who may read in ch, and fails where it is nothing. A
// public channel is open to all.
func (ch *channel) authorize(ctx context.Context, who *actor) (*permits, error) {
	if !ch.key.private {
		return openToAll, nil
	}
	p, err := ch.sock.svc.mayRead(ctx, who, ch.key.name)
	if err != nil {
		return nil, err
	}
	if !p.readBroadcast && !p.readPresence {
		return nil, errUnread(ch.key.name)
	}
	return p, nil
}

// mayRead puts two messages into realtime.messages, looks which of them the actor
// sees, and takes them back.
func (s *Service) mayRead(ctx context.Context, who *actor, topic string) (*permits, error) {
	if s.deniesAll(who) {
		return &permits{}, nil
	}
	var p *permits
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		p = &permits{write: map[string]bool{}}
		ids, err := column(ctx, tx, sqlProbe, topic)
		if err != nil {
			return err
		}
		seen, err := column(ctx, tx.As(onTopic(who, topic)), sqlRead, topic, ids[0], ids[1])
		if err != nil {
			return err
		}
		for _, ext := range seen {
			p.readBroadcast = p.readBroadcast || ext == extBroadcast
			p.readPresence = p.readPresence || ext == extPresence
		}
		return db.ErrRollback
	})
	if fault.From(err) != nil && fault.From(err).Kind == fault.Forbidden {
		return &permits{}, nil // no privilege on the table at all
	}
	return p, err
}

// deniesAll knows without asking that row-level security without a policy denies.
func (s *Service) deniesAll(who *actor) bool {
	c := s.cfg.DB.Catalog()
	t, r := c.Schemas["realtime"].Tables["messages"], c.Roles[who.session.Role]
	return t == nil || r == nil || t.RLS && len(t.Policies) == 0 && !r.BypassRLS && !r.Super
}

// mayWrite finds out, once for each token, whether the channel may send.
func (ch *channel) mayWrite(ctx context.Context, ext string) bool {
	p := ch.may.Load()
	ok, known := p.write[ext]
	if !known {
		ok = ch.sock.svc.mayWrite(ctx, ch.who.Load(), ch.key.name, ext)
		p.write[ext] = ok
	}
	return ok
}

// mayWrite tries to insert a message as the actor, and takes it back.
func (s *Service) mayWrite(ctx context.Context, who *actor, topic, ext string) bool {
	if s.deniesAll(who) {
		return false
	}
	_, err := s.cfg.DB.Write(ctx, onTopic(who, topic), func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlWrite, topic, ext); err != nil {
			return err
		}
		return db.ErrRollback
	})
	if err != nil && fault.From(err).Kind != fault.Forbidden {
		s.log.Warn("realtime: a policy on realtime.messages failed", "topic", topic, "fault", fault.CodeOf(err), "err", err)
	}
	return err == nil
}

// onTopic is the actor's session with what realtime.topic() returns.
func onTopic(who *actor, topic string) db.Session {
	s := who.session
	s.Settings = map[string]string{"realtime.topic": topic}
	return s
}

// column returns the first column of a statement's rows as text.
func column(ctx context.Context, tx *db.Tx, sql string, args ...any) ([]string, error) {
	rows, err := tx.Query(ctx, sql, args...)
	if err != nil {
		return nil, err
	}
	var out []string
	for rows.Next() {
		b, _ := rows.AppendText(nil, 0)
		out = append(out, string(b))
	}
	if err := rows.Err(); err != nil {
		rows.Close()
		return nil, err
	}
	return out, rows.Close()
}
