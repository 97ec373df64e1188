package storage

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/storage/tus"
	"github.com/plinth-dev/plinth/internal/wire"
)

// pending is a row of storage.uploads: an upload that is under way.
type pending struct {
	id       string
	to       place
	trusted  bool
	size     int64 // -1 while the client has not said
	received int64
	kind     string
	about    about
	user     json.RawMessage
	done     bool
	expires  moment
}

// about is what the client said of the file when it began.
type about struct {
	Mime     string `json:"mimetype,omitempty"`
	Cache    string `json:"cacheControl,omitempty"`
	Encoding string `json:"contentEncoding,omitempty"`
	Raw      string `json:"uploadMetadata,omitempty"`
	Concat   string `json:"uploadConcat,omitempty"`
}

// piece is a part of an upload that has arrived.
type piece struct {
	start, size   int64
	version, etag string
}

const (
	sqlPending = `select bucket_id, name, owner_id, upsert, trusted, size, received, kind, metadata, user_metadata, done, expires_at
 from storage.uploads where id = $1`
	sqlNewPending = `insert into storage.uploads (id, bucket_id, name, owner_id, upsert, trusted, size, kind, metadata, user_metadata, expires_at)
 values ($1, $2, $3, $4, $5::boolean, $6::boolean, $7::bigint, $8, $9, $10, $11::timestamptz)`
	sqlSetSize     = `update storage.uploads set size = $2::bigint where id = $1 and size is null`
	sqlNewPiece    = `insert into storage.upload_parts (upload_id, start, size, version, etag) values ($1, $2::bigint, $3::bigint, $4, $5)`
	sqlAdvance     = `update storage.uploads set received = $3::bigint, expires_at = $4::timestamptz where id = $1 and received = $2::bigint and not done`
	sqlPieces      = `select start, size, version, etag from storage.upload_parts where upload_id = $1 order by start`
	sqlDone        = `update storage.uploads set done = true where id = $1 and not done`
	sqlDropPieces  = `delete from storage.upload_parts where upload_id = $1 returning version`
	sqlDropPending = `delete from storage.uploads where id = $1`
	sqlExpired     = `select id from storage.uploads where expires_at < $1::timestamptz order by expires_at limit 100`
)

func (s *Service) findPending(ctx context.Context, id string) (*pending, error) {
	var p *pending
	err := each(ctx, s.all(), func(r *db.Rows) {
		v := r.Row()
		p = &pending{
			id: id, to: place{bucket: v[0].S, name: v[1].S, owner: owner{v[2].S}, upsert: v[3].True()}, trusted: v[4].True(),
			size: v[5].I, received: v[6].I, kind: v[7].S, user: object(v[9]), done: v[10].True(), expires: moment{v[11]},
		}
		if v[5].IsNull() {
			p.size = -1
		}
		json.Unmarshal([]byte(v[8].S), &p.about) // written by this room
	}, sqlPending, id)
	if err == nil && p == nil {
		err = errNoUpload
	}
	return p, err
}

// claim finds the upload of a request, and refuses it to others than who began it:
// the same user, the service, or the holder of the same signed URL.
func (s *Service) claim(r *http.Request) (*pending, error) {
	p, err := s.findPending(r.Context(), r.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if s.cfg.Now().After(p.expires.time()) {
		return nil, errGone
	}
	if p.trusted != isSigned(r) {
		return nil, errNoUpload
	}
	if p.trusted {
		_, err := s.verifyToken(r.Header.Get("X-Signature"), p.to.bucket+"/"+p.to.name, scopeUpload)
		p.to.as = trusted()
		return p, err
	}
	p.to.as = wire.Actor(r)
	if p.to.owner != who(r) && p.to.as.Role != "service_role" {
		return nil, errNoUpload
	}
	return p, nil
}

func (s *Service) insertPending(ctx context.Context, p *pending) error {
	var size any
	if p.size >= 0 {
		size = p.size
	}
	text, err := json.Marshal(p.about)
	if err != nil {
		return err
	}
	_, err = s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		_, err := tx.Exec(ctx, sqlNewPending, p.id, p.to.bucket, p.to.name, null(p.to.owner.id), p.to.upsert, p.trusted,
			size, p.kind, json.RawMessage(text), nullJSON(p.user), p.expires.time())
		return err
	})
	return err
}

// advance records pieces that have arrived. Of two requests that send the same bytes
// one is refused.
func (s *Service) advance(ctx context.Context, p *pending, pieces []piece) error {
	end, life := p.received, s.cfg.Now().Add(s.cfg.UploadLife)
	for _, c := range pieces {
		end += c.size
	}
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlAdvance, p.id, p.received, end, life)
		if err == nil && n == 0 {
			err = errOffset
		}
		for _, c := range pieces {
			if err == nil {
				_, err = tx.Exec(ctx, sqlNewPiece, p.id, c.start, c.size, c.version, c.etag)
			}
		}
		return err
	})
	if err == nil {
		p.received, p.expires = end, momentOf(life)
	}
	return err
}

func piecesOf(ctx context.Context, q querier, id string) ([]piece, error) {
	var out []piece
	err := each(ctx, q, func(r *db.Rows) {
		v := r.Row()
		out = append(out, piece{v[0].I, v[1].I, v[2].S, v[3].S})
	}, sqlPieces, id)
	return out, err
}

// drop removes uploads, and then their bytes.
func (s *Service) drop(ctx context.Context, ids ...string) error {
	var versions []string
	_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
		versions = nil
		for _, id := range ids {
			if err := each(ctx, tx, func(r *db.Rows) { versions = append(versions, r.Value(0).S) }, sqlDropPieces, id); err != nil {
				return err
			}
			if _, err := tx.Exec(ctx, sqlDropPending, id); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		s.discard(ctx, versions...)
	}
	return err
}

// expire drops the uploads whose time is over.
func (s *Service) expire(ctx context.Context) error {
	for {
		var ids []string
		err := each(ctx, s.all(), func(r *db.Rows) { ids = append(ids, r.Value(0).S) }, sqlExpired, s.cfg.Now())
		if err != nil || len(ids) == 0 {
			return err
		}
		if err := s.drop(ctx, ids...); err != nil {
			return err
		}
	}
}

// complete reports whether all bytes have arrived.
func (p *pending) complete() bool { return p.size >= 0 && p.received == p.size }

// joins reports whether the upload becomes an object of its own accord.
func (p *pending) joins() bool { return p.complete() && !p.done && p.kind == tus.Regular }
