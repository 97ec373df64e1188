package storage

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

// place is where a file shall lie, and in whose name.
type place struct {
	as     db.Session
	owner  owner
	bucket string
	name   string
	upsert bool
}

// trusted is the session of those who hold a signed URL.
func trusted() db.Session {
	return db.Session{Role: "service_role", Claims: `{"role":"service_role"}`}
}

const (
	sqlInsertFile = `insert into storage.objects (id, bucket_id, name, owner, owner_id, version, metadata, user_metadata)
 values ($8::uuid, $1, $2, $3, $4, $5, $6, $7)`
	sqlUpsertFile = sqlInsertFile + ` on conflict (bucket_id, name) do update set version = excluded.version, metadata = excluded.metadata,
 user_metadata = excluded.user_metadata, owner = excluded.owner, owner_id = excluded.owner_id, updated_at = now()`
	sqlVersion = `select id, version from storage.objects where bucket_id = $1 and name = $2 for update`

	maxRaces = 10 // lost in a row by one upload

	// Bodies from this size on are not read before the policies were asked.
	askFirst = 1 << 20
	// How much of a refused body is read, so that the client sees the answer.
	politeDrain = 1 << 20
)

func (s *Service) upload(w http.ResponseWriter, r *http.Request) error {
	return s.uploadAs(w, r, s.placeOf(r, strings.EqualFold(r.Header.Get("X-Upsert"), "true")))
}

func (s *Service) replace(w http.ResponseWriter, r *http.Request) error {
	return s.uploadAs(w, r, s.placeOf(r, true))
}

func (s *Service) placeOf(r *http.Request, upsert bool) place {
	return place{as: wire.Actor(r), owner: who(r), bucket: r.PathValue("bucket"), name: r.PathValue("path"), upsert: upsert}
}

func (s *Service) uploadAs(w http.ResponseWriter, r *http.Request, to place) error {
	id, err := s.receive(w, r, to)
	if err != nil {
		io.CopyN(io.Discard, r.Body, politeDrain)
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"Id": id, "Key": to.bucket + "/" + to.name})
}

// receive takes the file of a request in and returns its row's id.
func (s *Service) receive(w http.ResponseWriter, r *http.Request, to place) (string, error) {
	ctx := r.Context()
	r.Body = patience(w, r.Body)
	b, err := s.admit(ctx, to)
	if err != nil {
		return "", err
	}
	limit := s.limit(b)
	if r.ContentLength > limit+maxFields*maxField {
		return "", errTooLarge
	}
	if r.ContentLength < 0 || r.ContentLength >= askFirst {
		if err := s.mayWrite(ctx, to); err != nil {
			return "", err
		}
	}
	in, err := read(r)
	if err == nil {
		err = in.sniff()
	}
	if err != nil {
		return "", err
	}
	if in.length > limit {
		return "", errTooLarge
	}
	if !allows(b.MimeTypes, in.mime) {
		return "", errMime(in.mime)
	}
	return s.keep(ctx, to, in, limit)
}

// admit checks the names and finds the bucket.
func (s *Service) admit(ctx context.Context, to place) (*bucket, error) {
	if err := checkKey(to.name); err != nil {
		return nil, err
	}
	return findBucket(ctx, s.all(), to.bucket)
}

func (s *Service) limit(b *bucket) int64 {
	if b.SizeLimit != nil && *b.SizeLimit < s.cfg.FileLimit {
		return *b.SizeLimit
	}
	return s.cfg.FileLimit
}

// mayWrite asks the policies, and whether the name is taken, without leaving a row.
func (s *Service) mayWrite(ctx context.Context, to place) error {
	_, err := s.cfg.DB.Write(ctx, to.as, func(tx *db.Tx) error {
		if _, err := s.commit(ctx, tx, to, stored{}); err != nil && !errors.Is(err, errRaced) {
			return err
		}
		return db.ErrRollback
	})
	return taken(err)
}

// write is a transaction with a commit of a row in it, once more where it was raced.
func (s *Service) write(ctx context.Context, as db.Session, fn func(*db.Tx) error) error {
	for range maxRaces {
		if _, err := s.cfg.DB.Write(ctx, as, fn); !errors.Is(err, errRaced) {
			return err
		}
	}
	return errLocked
}

// taken names the fault of a name that is in use.
func taken(err error) error {
	if fault.CodeOf(err) == "23505" {
		return errExists.WithCause(err)
	}
	return err
}

// stored is a blob that waits for its row.
type stored struct {
	version string
	meta    meta
	user    json.RawMessage
}

// keep puts the bytes, and then lets the row name them.
func (s *Service) keep(ctx context.Context, to place, in *incoming, limit int64) (string, error) {
	version := newVersion(s.cfg.Now())
	sum := newTagger(version)
	info, err := s.cfg.Blobs.Put(ctx, version, io.TeeReader(&bounded{in.body, limit}, sum), in.length)
	if err != nil {
		return "", err
	}
	if in.rest != nil {
		if err := in.rest(in); err != nil {
			s.discard(ctx, version)
			return "", err
		}
	}
	return s.link(ctx, to, stored{version, s.metaOf(in, info, sum.tag()), in.user})
}

func (s *Service) metaOf(in *incoming, info blob.Info, etag string) meta {
	return meta{
		ETag: `"` + etag + `"`, Size: info.Size, MimeType: in.mime, CacheControl: in.cache, Encoding: in.encoding,
		LastModified: s.cfg.Now().UTC().Format(momentLayout), Length: info.Size, Status: http.StatusOK,
	}
}

// link commits the row of a blob; the blob that the row named before goes, or the
// new one when the row is refused.
func (s *Service) link(ctx context.Context, to place, b stored) (string, error) {
	var done linked
	err := s.write(ctx, to.as, func(tx *db.Tx) (err error) {
		done, err = s.commit(ctx, tx, to, b)
		return err
	})
	if err != nil {
		s.discard(ctx, b.version)
		return "", taken(err)
	}
	s.discard(ctx, done.old)
	return done.id, nil
}

// linked is a row that was written, and the blob that it named before.
type linked struct{ id, old string }

// commit writes the row under the actor's policies. Where it replaces a row, that is
// locked first, so that of two who replace it at once each knows whose blob goes. A
// row that appears in between has a blob that nobody would know of: errRaced.
func (s *Service) commit(ctx context.Context, tx *db.Tx, to place, b stored) (linked, error) {
	fresh := newVersion(s.cfg.Now())
	args := []any{to.bucket, to.name, to.owner.uuid(), null(to.owner.id), null(b.version), b.meta.encode(), nullJSON(b.user), fresh}
	if !to.upsert {
		_, err := tx.Exec(ctx, sqlInsertFile, args...)
		return linked{id: fresh}, err
	}
	found, err := there(ctx, tx, to)
	if err != nil {
		return found, err
	}
	if _, err := tx.Exec(ctx, sqlUpsertFile, args...); err != nil || found.id != "" {
		return found, err
	}
	now, err := there(ctx, tx, to)
	if err == nil && now.id != fresh {
		err = errRaced
	}
	return linked{id: now.id}, err
}

// there finds the row that lies in a place, and locks it.
func there(ctx context.Context, tx *db.Tx, to place) (out linked, err error) {
	err = each(ctx, tx.As(db.Owner), func(r *db.Rows) {
		v := r.Row()
		out = linked{v[0].S, v[1].S}
	}, sqlVersion, to.bucket, to.name)
	return out, err
}

// discard removes blobs that no row names any more. What fails here the sweeper
// repeats, so that the caller is not told.
func (s *Service) discard(ctx context.Context, versions ...string) {
	keys := versions[:0:0]
	for _, v := range versions {
		if blob.CheckKey(v) == nil {
			keys = append(keys, v)
		}
	}
	if len(keys) == 0 {
		return
	}
	if err := s.cfg.Blobs.Delete(context.WithoutCancel(ctx), keys...); err != nil {
		s.cfg.Log.Warn("storage: blobs stay until the next sweep", "blobs", len(keys), "error", err)
	}
}

// bounded fails when more than left bytes come.
type bounded struct {
	r    io.Reader
	left int64
}

func (b *bounded) Read(p []byte) (int, error) {
	if int64(len(p)) > b.left+1 {
		p = p[:b.left+1]
	}
	n, err := b.r.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
