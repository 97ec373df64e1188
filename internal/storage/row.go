package storage

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/value"
)

// moment is a timestamptz as the wire shows it: null, or milliseconds in UTC.
type moment struct{ value.Value }

const momentLayout = "2006-01-02T15:04:05.000Z"

// MarshalJSON writes the moment.
func (m moment) MarshalJSON() ([]byte, error) {
	if m.IsNull() {
		return []byte("null"), nil
	}
	return []byte(`"` + m.time().Format(momentLayout) + `"`), nil
}

func (m moment) time() time.Time { return time.UnixMicro(m.I).UTC() }

// text is a text column as the wire shows it.
func text(v value.Value) *string {
	if v.IsNull() {
		return nil
	}
	return &v.S
}

func object(v value.Value) json.RawMessage {
	if v.IsNull() {
		return nil
	}
	return json.RawMessage(v.S)
}

// ignore returns err unless it is what.
func ignore(err error, what error) error {
	if errors.Is(err, what) {
		return nil
	}
	return err
}

func microTime(us int64) time.Time { return time.UnixMicro(us).UTC() }

// null turns "" into NULL.
func null(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func nullJSON(text json.RawMessage) any {
	if len(text) == 0 {
		return nil
	}
	return text
}

// querier is a database or a transaction of one actor.
type querier interface {
	Query(ctx context.Context, sql string, args ...any) (*db.Rows, error)
}

// reader is the database in the hands of one actor.
type reader struct {
	db *db.DB
	as db.Session
}

// Query runs one reading statement.
func (r reader) Query(ctx context.Context, sql string, args ...any) (*db.Rows, error) {
	return r.db.Query(ctx, r.as, sql, args...)
}

// each calls fn for every row of a query.
func each(ctx context.Context, q querier, fn func(*db.Rows), sql string, args ...any) error {
	rows, err := q.Query(ctx, sql, args...)
	if err != nil {
		return err
	}
	for rows.Next() {
		fn(rows)
	}
	err = rows.Err()
	if cerr := rows.Close(); err == nil {
		err = cerr
	}
	return err
}

// meta is the column metadata of an object.
type meta struct {
	ETag         string `json:"eTag"`
	Size         int64  `json:"size"`
	MimeType     string `json:"mimetype"`
	CacheControl string `json:"cacheControl"`
	LastModified string `json:"lastModified"`
	Length       int64  `json:"contentLength"`
	Status       int    `json:"httpStatusCode"`
	Encoding     string `json:"contentEncoding,omitempty"`
}

func (m meta) encode() json.RawMessage {
	text, _ := json.Marshal(m) // strings and numbers: cannot fail
	return text
}

// file is a row of storage.objects.
type file struct {
	ID       string          `json:"id"`
	Bucket   string          `json:"bucket_id"`
	Name     string          `json:"name"`
	Owner    *string         `json:"owner"`
	OwnerID  *string         `json:"owner_id"`
	Version  *string         `json:"version"`
	Created  moment          `json:"created_at"`
	Updated  moment          `json:"updated_at"`
	Accessed moment          `json:"last_accessed_at"`
	Metadata json.RawMessage `json:"metadata"`
	UserMeta json.RawMessage `json:"user_metadata"`
}

const (
	fileColumns = `id, bucket_id, name, owner, owner_id, version, created_at, updated_at, last_accessed_at, metadata, user_metadata`
	sqlFile     = `select ` + fileColumns + ` from storage.objects where bucket_id = $1 and name = $2`
)

func scanFile(v []value.Value) file {
	return file{
		ID: v[0].S, Bucket: v[1].S, Name: v[2].S, Owner: text(v[3]), OwnerID: text(v[4]), Version: text(v[5]),
		Created: moment{v[6]}, Updated: moment{v[7]}, Accessed: moment{v[8]}, Metadata: object(v[9]), UserMeta: object(v[10]),
	}
}

// meta returns the file's metadata; what somebody wrote there by hand and cannot be
// read counts as nothing.
func (f *file) meta() meta {
	var m meta
	if json.Unmarshal(f.Metadata, &m) != nil {
		return meta{}
	}
	return m
}

// findFile returns an object as q's actor sees it, or errNoObject.
func findFile(ctx context.Context, q querier, bucket, name string) (*file, error) {
	var found *file
	err := each(ctx, q, func(r *db.Rows) { f := scanFile(r.Row()); found = &f }, sqlFile, bucket, name)
	if err == nil && found == nil {
		err = errNoObject
	}
	return found, err
}
