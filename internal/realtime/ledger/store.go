package ledger

import (
	"context"
	"encoding/json"
	"strconv"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
)

const (
	rowsAtOnce = 1000 // of a statement
	sweepEvery = time.Hour
	sweepRows  = 5000 // of a transaction
)

const (
	sqlStamp = `insert into plinth.realtime_feeds (node, epoch, seq) values ($1, $2::bigint, $3::bigint)
 on conflict (node) do update set epoch = excluded.epoch, seq = excluded.seq, at = now()`

	// A client that has gone on to another server is that one's: a goodbye does not take
	// it back.
	sqlPut = `insert into plinth.realtime_sessions as s (id, node, open, epoch, seq, lost)
 select r.id, $2, r.open, r.epoch, r.seq, r.lost
 from json_to_recordset($1::json) as r(id text, open boolean, epoch bigint, seq bigint, lost boolean)
 on conflict (id) do update set node = excluded.node, open = excluded.open, epoch = excluded.epoch, seq = excluded.seq,
 lost = excluded.lost, at = now() where s.node = excluded.node or excluded.open`

	sqlDrop = `delete from plinth.realtime_sessions
 where node = $2 and id in (select r.id from json_to_recordset($1::json) as r(id text))`

	sqlFind = `select s.node, s.open, coalesce(s.epoch, f.epoch, 0), coalesce(s.seq, f.seq, 0), s.lost or t.id is not null,
 coalesce(case when s.open then f.at end, s.at) < now() - $3::interval
 from plinth.realtime_sessions s
 left join plinth.realtime_feeds f on f.node = s.node
 left join plinth.realtime_sessions t on t.id = $2 and t.node = s.node
 where s.id = $1`

	// Whoever was away for a day is new.
	sqlOld = `delete from plinth.realtime_sessions where id in (
 select s.id from plinth.realtime_sessions s left join plinth.realtime_feeds f on f.node = s.node
 where s.at < now() - interval '1 day' and (not s.open or f.at is null or f.at < now() - interval '1 day') limit $1::bigint)`

	sqlMany = `delete from plinth.realtime_sessions where id in (
 select id from plinth.realtime_sessions order by at desc, id limit $1::bigint offset $2::bigint)`

	sqlEnded = `delete from plinth.realtime_feeds where at < now() - interval '1 day'
 and node not in (select node from plinth.realtime_sessions)`
)

// line is a row on its way to the database.
type line struct {
	ID    string  `json:"id"`
	Open  bool    `json:"open"`
	Epoch *uint32 `json:"epoch"`
	Seq   *uint64 `json:"seq"`
	Lost  bool    `json:"lost"`
}

// store writes a checkpoint, and from time to time removes what is old.
func (l *Ledger) store(ctx context.Context, here db.Position, batch map[string]*Row) error {
	var put, drop []line
	for id, r := range batch {
		if r == nil {
			drop = append(drop, line{ID: id})
			continue
		}
		one := line{ID: id, Open: r.Open, Lost: r.Lost}
		if r.Told != (db.Position{}) || !r.Open {
			one.Epoch, one.Seq = &r.Told.Epoch, &r.Told.Seq
		}
		put = append(put, one)
	}
	_, err := l.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		if _, err := tx.Exec(ctx, sqlStamp, l.node, int64(here.Epoch), int64(here.Seq)); err != nil {
			return err
		}
		if err := l.each(ctx, tx, sqlDrop, drop); err != nil {
			return err
		}
		return l.each(ctx, tx, sqlPut, put)
	})
	if err != nil {
		return err
	}
	if l.grown += len(batch); time.Since(l.swept) > sweepEvery || l.grown > l.cfg.Most/4 {
		l.swept, l.grown = time.Now(), 0
		return l.sweep(ctx)
	}
	return nil
}

func (l *Ledger) each(ctx context.Context, tx *db.Tx, sql string, list []line) error {
	for len(list) > 0 {
		n := min(len(list), rowsAtOnce)
		b, err := json.Marshal(list[:n])
		if err != nil {
			return err
		}
		if _, err := tx.Exec(ctx, sql, string(b), l.node); err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

func (l *Ledger) sweep(ctx context.Context) error {
	for _, s := range []struct {
		sql  string
		args []any
	}{{sqlOld, []any{sweepRows}}, {sqlMany, []any{sweepRows, l.cfg.Most}}, {sqlEnded, nil}} {
		for n := int64(sweepRows); n == sweepRows; {
			_, err := l.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) (err error) {
				n, err = tx.Exec(ctx, s.sql, s.args...)
				return err
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}

func (l *Ledger) read(ctx context.Context, id, topic string) (r Row, node string, ok bool, err error) {
	rows, err := l.cfg.DB.Query(ctx, db.Owner, sqlFind, id, topic, strconv.FormatInt(l.cfg.Window.Microseconds(), 10)+" microseconds")
	if err != nil {
		return r, "", false, err
	}
	if rows.Next() {
		ok, node = true, rows.Value(0).S
		r.Open, r.Lost = rows.Value(1).True(), rows.Value(4).True()
		if late := rows.Value(5).True(); !late {
			r.Told = db.Position{Epoch: uint32(rows.Value(2).I), Seq: uint64(rows.Value(3).I)}
		}
	}
	err = rows.Err()
	if e := rows.Close(); err == nil {
		err = e
	}
	return r, node, ok, err
}
