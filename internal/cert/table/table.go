package table

import (
	"context"
	_ "embed"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/caddyserver/certmagic"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// Schema is the table, portable SQL, run once as the database's owner.
//
//go:embed 0001.sql
var Schema string

const (
	sqlStore = `insert into plinth.certificates (name, value) values ($1, $2)
 on conflict (name) do update set value = excluded.value, modified_at = now()`
	sqlLoad   = `select value, modified_at from plinth.certificates where name = $1 and holder is null`
	sqlNames  = `select name from plinth.certificates where holder is null order by name`
	sqlDelete = `delete from plinth.certificates where holder is null and (name = $1 or starts_with(name, $2))`
)

var errClosed = errors.New("certificates: the server stops")

// Table is the storage.
type Table struct {
	db     *db.DB
	log    *slog.Logger
	mu     sync.Mutex
	closed bool
	work   sync.WaitGroup // calls that ask the database
	held   map[string]*lock
}

var _ interface {
	certmagic.Storage
	certmagic.TryLocker
} = (*Table)(nil)

// New returns the storage over the table, which is there.
func New(d *db.DB, log *slog.Logger) *Table {
	return &Table{db: d, log: log, held: map[string]*lock{}}
}

// begin counts a call; Close waits for its end.
func (t *Table) begin() (end func(), err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.closed {
		return nil, errClosed
	}
	t.work.Add(1)
	return t.work.Done, nil
}

// Close waits for calls under way and gives back what is held; all others fail.
func (t *Table) Close() {
	t.mu.Lock()
	t.closed = true
	held := t.held
	t.held = map[string]*lock{}
	t.mu.Unlock()
	for name, l := range held {
		ctx, cancel := context.WithTimeout(context.Background(), beat)
		if err := t.free(ctx, name, l); err != nil {
			t.log.Warn("certificates: a lock is left to run out", "lock", name, "error", err)
		}
		cancel()
	}
	t.work.Wait()
}

func (t *Table) exec(ctx context.Context, sql string, args ...any) (n int64, err error) {
	_, err = t.db.Write(ctx, db.Owner, func(tx *db.Tx) error {
		n, err = tx.Exec(ctx, sql, args...)
		return err
	})
	return n, err
}

func (t *Table) rows(ctx context.Context, sql string, args ...any) (out [][]value.Value, err error) {
	end, err := t.begin()
	if err != nil {
		return nil, err
	}
	defer end()
	rows, err := t.db.Query(ctx, db.Owner, sql, args...)
	if err != nil {
		return nil, err
	}
	for rows.Next() {
		out = append(out, rows.Row())
	}
	return out, errors.Join(rows.Err(), rows.Close())
}

// Store puts value at key.
func (t *Table) Store(ctx context.Context, key string, value []byte) error {
	end, err := t.begin()
	if err != nil {
		return err
	}
	defer end()
	_, err = t.exec(ctx, sqlStore, key, base64.StdEncoding.EncodeToString(value))
	return err
}

// Load returns the value at key, fs.ErrNotExist where there is none.
func (t *Table) Load(ctx context.Context, key string) ([]byte, error) {
	rows, err := t.rows(ctx, sqlLoad, key)
	switch {
	case err != nil:
		return nil, err
	case len(rows) == 0:
		return nil, fmt.Errorf("certificates: %s: %w", key, fs.ErrNotExist)
	}
	return base64.StdEncoding.DecodeString(rows[0][0].S)
}

// Delete removes key and all below it.
func (t *Table) Delete(ctx context.Context, key string) error {
	end, err := t.begin()
	if err != nil {
		return err
	}
	defer end()
	_, err = t.exec(ctx, sqlDelete, key, key+"/")
	return err
}

// Exists reports a value at key, or below it.
func (t *Table) Exists(ctx context.Context, key string) bool {
	_, err := t.Stat(ctx, key)
	return err == nil
}

func (t *Table) names(ctx context.Context) ([]string, error) {
	rows, err := t.rows(ctx, sqlNames)
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = r[0].S
	}
	return out, err
}

// List returns what is below path: directly, or all with the folders between. There are
// few rows, so all names are read.
func (t *Table) List(ctx context.Context, path string, recursive bool) ([]string, error) {
	names, err := t.names(ctx)
	if err != nil {
		return nil, err
	}
	path = strings.Trim(path, "/")
	var out []string
	for _, name := range names {
		rest := name
		if path != "" {
			var below bool
			if rest, below = strings.CutPrefix(name, path+"/"); !below {
				continue
			}
		}
		parts := strings.Split(rest, "/")
		if !recursive {
			parts = parts[:1]
		}
		for i := range parts {
			out = append(out, strings.TrimPrefix(path+"/"+strings.Join(parts[:i+1], "/"), "/"))
		}
	}
	slices.Sort(out)
	out = slices.Compact(out)
	if len(out) == 0 {
		return nil, fmt.Errorf("certificates: %s: %w", path, fs.ErrNotExist)
	}
	return out, nil
}

// Stat tells of a key or a folder.
func (t *Table) Stat(ctx context.Context, key string) (certmagic.KeyInfo, error) {
	rows, err := t.rows(ctx, sqlLoad, key)
	if err != nil {
		return certmagic.KeyInfo{}, err
	}
	if len(rows) > 0 {
		size := base64.StdEncoding.DecodedLen(len(rows[0][0].S)) - strings.Count(rows[0][0].S, "=")
		return certmagic.KeyInfo{Key: key, Modified: time.UnixMicro(rows[0][1].I), Size: int64(size), IsTerminal: true}, nil
	}
	if _, err := t.List(ctx, key, false); err != nil {
		return certmagic.KeyInfo{}, err
	}
	return certmagic.KeyInfo{Key: key}, nil
}
