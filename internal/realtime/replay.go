package realtime

import (
	"context"
	"encoding/json"
	"slices"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

const maxLetters = 25 // of one replay

// replay asks for broadcasts from the database that were sent before the join.
type replay struct {
	Since json.Number `json:"since"` // milliseconds since 1970
	Limit *int        `json:"limit"`
}

func (r *replay) check(private bool) error {
	if r == nil {
		return nil
	}
	if _, err := r.Since.Int64(); err != nil || !private || r.Limit != nil && (*r.Limit < 1 || *r.Limit > maxLetters) {
		return errReplay
	}
	return nil
}

const sqlLetters = `select id, event, payload, binary_payload from realtime.messages
 where topic = $1 and private and extension = 'broadcast' and event is not null and inserted_at >= $2::timestamp
 order by inserted_at desc, id desc limit $3`

// letters are the broadcasts that a channel was told again: of those up to a position
// all that it will be told, and of later ones these.
type letters struct {
	upTo db.Position
	ids  map[string]bool
}

// has reports whether a broadcast that the feed brings is no news.
func (l *letters) has(id string, at db.Position) bool {
	return l != nil && (l.ids[id] || at.Epoch == l.upTo.Epoch && at.Seq <= l.upTo.Seq)
}

// newest returns the newest broadcasts of a private topic, the latest first.
func (s *Service) newest(ctx context.Context, key topicKey, r *replay) ([]*letter, error) {
	limit := maxLetters
	if r.Limit != nil {
		limit = *r.Limit
	}
	ms, err := r.Since.Int64()
	if err != nil {
		return nil, errReplay
	}
	since := time.UnixMilli(max(ms, 0)).UTC().Format("2006-01-02 15:04:05.000")
	rows, err := s.cfg.DB.Query(ctx, db.Owner, sqlLetters, key.name, since, limit)
	if err != nil {
		return nil, err
	}
	var list []*letter
	for rows.Next() {
		text := func(i int) string { b, _ := rows.AppendText(nil, i); return string(b) }
		l := &letter{key: key, id: text(0), event: text(1)}
		if b, ok := rows.AppendText(nil, 2); ok {
			l.payload = value.Str(string(b))
		}
		l.bytes = rows.Value(3)
		list = append(list, l)
	}
	if err := rows.Err(); err != nil {
		_ = rows.Close()
		return nil, err
	}
	return list, rows.Close()
}

// catchUp tells the channel of the past: what its client missed, or the broadcasts that
// it asks for. What comes meanwhile is held back.
func (ch *channel) catchUp(ctx context.Context, r *replay, back *comeback, here db.Position) {
	switch {
	case back != nil:
		ch.resume(ctx, back, here)
	case r != nil:
		if err := ch.again(ctx, r); err != nil {
			ch.sock.svc.log.Error("realtime: broadcasts can't be replayed", "err", err)
			ch.system("system", "error", "UnableToReplayMessages: internal error")
		}
	default:
		return
	}
	ch.release()
}

// again sends the newest broadcasts of the channel's topic. Whatever is committed by now
// is among those that are looked at.
func (ch *channel) again(ctx context.Context, r *replay) error {
	if !ch.may.Load().readBroadcast {
		return nil
	}
	svc := ch.sock.svc
	upTo, err := svc.cfg.DB.Position(ctx)
	if err != nil {
		return err
	}
	list, err := svc.newest(ctx, ch.key, r)
	if err != nil {
		return err
	}
	told := &letters{upTo, map[string]bool{}}
	for i := len(list) - 1; i >= 0; i-- {
		told.ids[list[i].id] = true
		if f := list[i].parcel(true).frame(ch.sock.vsn); f != nil {
			ch.sock.conn.Send(f)
		}
	}
	svc.index.mu.Lock()
	defer svc.index.mu.Unlock()
	ch.letters = told
	ch.held = slices.DeleteFunc(ch.held, func(h held) bool { return h.letter != "" && told.has(h.letter, h.pos) })
	return nil
}
