package idempotency

import (
	"context"
	_ "embed"
	"encoding/json"
	"net/http"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
)

// Schema is the table of keys, portable SQL, run once as the database's owner; the
// schema plinth must exist.
//
//go:embed schema/0001.sql
var Schema string

// Replayed is the header of an answer that was kept.
const Replayed = "Idempotency-Replayed"

// MaxAnswer bounds what is kept of an answer, headers included.
const MaxAnswer = 256 << 10

var (
	errReused = withStatus(http.StatusUnprocessableEntity, fault.New(fault.Invalid, "PLR022", "The Idempotency-Key was used with another request").
			WithDetail("A key belongs to one request: its body and the headers that shape the answer must stay the same.").
			WithHint("Send a new key for a new request."))
	errAnswer = fault.New(fault.TooLarge, "PLR023", "The answer is too large to be kept for its Idempotency-Key").
			WithDetail("At most 262144 bytes are kept of an answer. Nothing was written.").
			WithHint("Ask for less with select, or use Prefer: return=minimal.")
)

func withStatus(status int, f *fault.Error) *fault.Error {
	f.Status = status
	return f
}

// Answer is what was answered, or will be.
type Answer struct {
	Status int
	Header http.Header
	Body   []byte
}

// Keys are kept for 24 hours; the row of an older one is taken over.
const (
	sqlBegin = `insert into plinth.idempotency (scope, request) values ($1, $2)
 on conflict (scope) do update set request = excluded.request, status = null, headers = null, body = null, created_at = now()
 where plinth.idempotency.created_at < now() - interval '24 hours'`
	sqlFind  = `select request, status, headers, body from plinth.idempotency where scope = $1`
	sqlKeep  = `update plinth.idempotency set status = $2, headers = $3::jsonb, body = $4 where scope = $1`
	sqlSweep = `delete from plinth.idempotency where scope in
 (select scope from plinth.idempotency where created_at < now() - interval '24 hours' order by created_at limit 500)`
	swept = 500
)

// Begin takes the key for the transaction. Where another request had it, Begin waits
// for that one's end and returns its answer. A nil Key is always free.
func (k *Key) Begin(ctx context.Context, tx *db.Tx) (*Answer, error) {
	if k == nil {
		return nil, nil
	}
	tx = tx.As(db.Owner)
	n, err := tx.Exec(ctx, sqlBegin, k.scope, k.request)
	if err != nil || n > 0 {
		return nil, err
	}
	return k.find(ctx, tx)
}

func (k *Key) find(ctx context.Context, tx *db.Tx) (*Answer, error) {
	rows, err := tx.Query(ctx, sqlFind, k.scope)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	if !rows.Next() {
		return nil, fault.SQL("40001", "the Idempotency-Key changed hands")
	}
	v := rows.Row()
	if v[0].S != k.request {
		return nil, errReused
	}
	a := &Answer{Status: int(v[1].I), Body: []byte(v[3].S)}
	if err := json.Unmarshal(rows.AppendJSON(nil, 2), &a.Header); err != nil {
		return nil, err
	}
	a.Header.Set(Replayed, "true")
	return a, rows.Err()
}

// Keep stores the answer with the key, in the transaction that Begin was called in.
func (k *Key) Keep(ctx context.Context, tx *db.Tx, a Answer) error {
	if k == nil {
		return nil
	}
	head, err := json.Marshal(a.Header)
	if err != nil {
		return err
	}
	if len(head)+len(a.Body) > MaxAnswer {
		return errAnswer
	}
	_, err = tx.As(db.Owner).Exec(ctx, sqlKeep, k.scope, a.Status, string(head), a.Body)
	return err
}

// Sweep forgets the keys of more than a day ago, some at a time.
func Sweep(ctx context.Context, d *db.DB) error {
	for n := int64(swept); n == swept; {
		_, err := d.Write(ctx, db.Owner, func(tx *db.Tx) (err error) {
			n, err = tx.Exec(ctx, sqlSweep)
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
