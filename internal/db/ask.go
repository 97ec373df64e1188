package db

import (
	"context"

	"github.com/plinth-dev/plinth/internal/trace"
)

// Question is whether a reading statement finds a row for somebody.
type Question struct {
	Session *Session
	SQL     string
	Args    []any // see DB.Query
}

// Answer is that of one Question. Err is what its statement failed with; those of others
// go on.
type Answer struct {
	Found bool
	Err   error
}

// Asker is a Driver that takes many questions at a time, at the price of one trip. It
// may see a later state of the database for a later question.
type Asker interface {
	Ask(ctx context.Context, list []Question) []Answer
}

// Ask answers many questions, in their order: by one trip to a server, by one transaction
// on the engine beside us.
func (d *DB) Ask(ctx context.Context, list []Question) []Answer {
	span := d.watch.part(ctx, "questions")
	defer done(span, nil)
	if a, ok := d.d.(Asker); ok {
		return a.Ask(ctx, list)
	}
	return d.inTurn(ctx, list, span)
}

// inTurn asks one after the other; a statement that fails ends its transaction, and the
// rest is asked in the next.
func (d *DB) inTurn(ctx context.Context, list []Question, span *trace.Span) []Answer {
	out := make([]Answer, len(list))
	for n := 0; n < len(list); {
		begun := false
		err := d.d.Read(ctx, func(c Conn) error {
			begun = true
			for n < len(list) {
				a := &out[n]
				a.Found, a.Err = (&Tx{c: c, s: *list[n].Session, watch: d.watch, span: span}).finds(ctx, list[n])
				if n++; a.Err != nil {
					return a.Err
				}
			}
			return nil
		})
		if !begun { // there is no connection to be had
			for ; n < len(list); n++ {
				out[n].Err = err
			}
		}
	}
	return out
}

func (t *Tx) finds(ctx context.Context, q Question) (bool, error) {
	rows, err := t.Query(ctx, q.SQL, q.Args...)
	if err != nil {
		return false, err
	}
	found := rows.Next()
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return found, err
}
