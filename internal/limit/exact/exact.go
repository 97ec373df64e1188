package exact

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/limit"
)

// Schema is the table, portable SQL, run once as the database's owner; the schema plinth
// must exist.
//
//go:embed schema/0001.sql
var Schema string

const (
	sqlTake = `insert into plinth.limits as l (key, due) values ($1, now() + $2::bigint * interval '1 microsecond')
 on conflict (key) do update set due = greatest(l.due, now()) + $2::bigint * interval '1 microsecond'
 where greatest(l.due, now()) + $2::bigint * interval '1 microsecond' <= now() + $3::bigint * interval '1 microsecond'`
	sqlDue   = `select (extract(epoch from greatest(due - now(), interval '0')) * 1000000)::bigint from plinth.limits where key = $1`
	sqlSweep = `delete from plinth.limits where key in (select key from plinth.limits where due < now() limit 10000 for update skip locked)`

	sweepEvery = time.Minute
)

// Config of a Counter.
type Config struct {
	DB     *db.DB
	Log    *slog.Logger
	Secret []byte // of the cluster; it hides keys
}

// Counter is a limit.Counter.
type Counter struct {
	cfg   Config
	near  *limit.Limiter
	swept atomic.Int64 // Unix nanoseconds
}

// New returns a Counter over a migrated database.
func New(cfg Config) *Counter { return &Counter{cfg: cfg, near: limit.New()} }

func (c *Counter) hide(key string) string {
	h := hmac.New(sha256.New, c.cfg.Secret)
	h.Write([]byte(key))
	return base64.RawStdEncoding.EncodeToString(h.Sum(nil)[:18])
}

// unit returns the microseconds that one takes, and those of the whole burst.
func unit(b limit.Bound) (each, whole int64) {
	n := max(b.Burst, 0)
	if n == 0 {
		n = b.N
	}
	each = max(1, b.Window.Microseconds()/int64(b.N))
	return each, each * int64(n)
}

// Take implements limit.Counter.
func (c *Counter) Take(ctx context.Context, key string, b limit.Bound, now time.Time) (wait time.Duration, err error) {
	if b.N <= 0 || b.Window <= 0 {
		return 0, nil
	}
	if wait := c.near.Take(key, b, now); wait > 0 {
		return wait, nil // all others can only have made it longer
	}
	each, whole := unit(b)
	hidden := c.hide(key)
	_, err = c.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlTake, hidden, each, whole)
		if wait = 0; err != nil || n > 0 {
			return err
		}
		due, err := micros(tx.Query(ctx, sqlDue, hidden))
		wait = time.Duration(max(due+each-whole, 1)) * time.Microsecond
		return err
	})
	c.sweep(ctx)
	return wait, err
}

// Peek implements limit.Counter.
func (c *Counter) Peek(ctx context.Context, key string, b limit.Bound, now time.Time) (wait time.Duration, err error) {
	if b.N <= 0 || b.Window <= 0 {
		return 0, nil
	}
	if wait := c.near.Peek(key, b, now); wait > 0 {
		return wait, nil
	}
	each, whole := unit(b)
	due, err := micros(c.cfg.DB.Query(ctx, db.Owner, sqlDue, c.hide(key)))
	return time.Duration(max(due+each-whole, 0)) * time.Microsecond, err
}

// micros reads one number; 0 where there is no row.
func micros(rows *db.Rows, err error) (n int64, _ error) {
	if err != nil {
		return 0, err
	}
	for rows.Next() {
		n = rows.Value(0).I
	}
	if err := rows.Err(); err != nil {
		_ = rows.Close()
		return 0, err
	}
	return n, rows.Close()
}

// sweep removes keys whose burst is whole, at times.
func (c *Counter) sweep(ctx context.Context) {
	now, last := time.Now().UnixNano(), c.swept.Load()
	if now-last < int64(sweepEvery) || !c.swept.CompareAndSwap(last, now) {
		return
	}
	_, err := c.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlSweep)
		return err
	})
	if err != nil {
		c.cfg.Log.Warn("limit: old counts are not removed", "error", err)
	}
}
