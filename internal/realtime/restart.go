package realtime

import (
	"context"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/realtime/ledger"
)

const lastWords = 3 * time.Second // for the ledger, at the end

// ledgerID names ch's client in its topic; "" for one without a session.
func (ch *channel) ledgerID() string {
	if ch.sock.session == "" {
		return ""
	}
	return ledger.ID(ch.sock.session, ch.key.name, ch.key.private)
}

func (k topicKey) ledgerID() string { return ledger.ID("", k.name, k.private) }

// listening says for the ledger where the clients are who are connected.
func (s *Service) listening(f func(id string, at db.Position)) (here db.Position) {
	s.index.mu.Lock()
	here = s.index.pos
	s.index.mu.Unlock()
	s.mu.Lock()
	list := make([]*socket, 0, len(s.sessions))
	for _, sock := range s.sessions {
		list = append(list, sock)
	}
	s.mu.Unlock()
	for _, sock := range list {
		for _, ch := range sock.list() {
			f(ch.id, ch.behind(here))
		}
	}
	return here
}

// behind is where ch's client is, the zero Position where it has everything up to here.
func (ch *channel) behind(here db.Position) db.Position {
	x := ch.sock.svc.index
	x.mu.Lock()
	defer x.mu.Unlock()
	at := here
	if ch.holding || len(ch.marks) > 0 {
		at = ch.told(here)
	}
	if at.Epoch == here.Epoch && at.Seq >= here.Seq {
		return db.Position{}
	}
	return at
}

// stored finds where a join goes on from that nobody in memory knows of; nil says that it
// is new.
func (ch *channel) stored(ctx context.Context) *comeback {
	svc := ch.sock.svc
	if ch.id == "" {
		return nil
	}
	row, ok, err := svc.ledger.Find(ctx, ch.id, ch.key.ledgerID())
	switch {
	case err != nil:
		svc.log.Error("realtime: where a client was can't be read, so that it is told to fetch again", "err", err)
		return &comeback{}
	case !ok:
		return nil
	}
	return &comeback{from: row.Told, lost: row.Lost, unsure: row.Open}
}

// doubtful is up to where a client that was connected when its server ended may have been
// told more than is known.
func (ch *channel) doubtful(back *comeback, here db.Position) db.Position {
	switch svc := ch.sock.svc; {
	case !back.unsure:
		return db.Position{}
	case svc.mesh == nil:
		return svc.began // what came later nobody told
	default:
		return here
	}
}

// lastLedger writes where everybody was when this server ended. Of broadcasts between
// clients nothing is kept, so whoever missed some is to be told.
func (s *Service) lastLedger() {
	for key, r := range s.recall.all() {
		if r.cast == unknownCast {
			continue
		}
		s.hub.with(key.topic, func(t *topic) {
			missed := false
			if !t.missed(key.session, false, r.cast, func(*cast) { missed = true }) || missed {
				s.ledger.Put(ledger.ID(key.session, key.topic.name, key.topic.private), ledger.Row{Told: r.pos, Lost: true})
			}
		})
	}
	s.hub.mu.RLock()
	for key, t := range s.hub.topics {
		t.mu.Lock()
		if t.casts != nil && t.casts.noted {
			s.ledger.Drop(key.ledgerID())
		}
		t.mu.Unlock()
	}
	s.hub.mu.RUnlock()
	ctx, cancel := context.WithTimeout(context.Background(), lastWords)
	defer cancel()
	s.ledger.Finish(ctx)
}
