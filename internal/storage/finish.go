package storage

import (
	"context"
	"crypto/md5"
	"encoding/hex"
	"net/http"
	"strconv"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/storage/tus"
)

// finish joins an upload's pieces, or those of the uploads that it concatenates, into
// one blob, and lets the object's row name it. The upload is marked as done in the
// same transaction, and is remembered until it expires, for clients whose answer was
// lost.
func (s *Service) finish(ctx context.Context, p *pending, sources []string) error {
	from := sources
	if from == nil {
		from = []string{p.id}
	}
	var pieces []piece
	for _, id := range from {
		more, err := piecesOf(ctx, s.all(), id)
		if err != nil {
			return err
		}
		pieces = append(pieces, more...)
	}
	b, err := s.joined(ctx, p, pieces)
	if err != nil {
		return err
	}
	var done linked
	err = s.write(ctx, p.to.as, func(tx *db.Tx) error {
		n, err := tx.As(db.Owner).Exec(ctx, sqlDone, p.id)
		if err == nil && n == 0 {
			err = errOffset // another request was faster
		}
		for _, id := range from {
			if err == nil {
				_, err = tx.As(db.Owner).Exec(ctx, sqlDropPieces, id)
			}
		}
		if err == nil {
			done, err = s.commit(ctx, tx, p.to, b)
		}
		return err
	})
	if err != nil {
		if len(pieces) != 1 {
			s.discard(ctx, b.version)
		}
		return taken(err)
	}
	p.done = true
	s.discard(ctx, done.old)
	for _, c := range pieces {
		if c.version != b.version {
			s.discard(ctx, c.version)
		}
	}
	return s.drop(ctx, sources...)
}

// joined makes one blob of pieces. A single piece is that blob already.
func (s *Service) joined(ctx context.Context, p *pending, pieces []piece) (stored, error) {
	b := stored{user: p.user}
	info, etag := blob.Info{}, ""
	var err error
	if len(pieces) == 1 {
		b.version, etag, info.Size = pieces[0].version, pieces[0].etag, pieces[0].size
	} else {
		b.version = newVersion(s.cfg.Now())
		etag = joinedTag(pieces)
		keys := make([]string, len(pieces))
		for i, c := range pieces {
			keys[i] = c.version
		}
		if info, err = s.cfg.Blobs.Join(ctx, b.version, keys...); err != nil {
			return b, err
		}
	}
	in := &incoming{mime: p.about.Mime, cache: p.about.Cache, encoding: p.about.Encoding}
	b.meta = s.metaOf(in, info, etag)
	return b, nil
}

// joinedTag is as S3's ETag of an object in parts: a sum of tags, and their number.
func joinedTag(pieces []piece) string {
	sum := md5.New()
	for _, c := range pieces {
		raw, _ := hex.DecodeString(c.etag) // written by this room
		sum.Write(raw)
	}
	etag := hex.EncodeToString(sum.Sum(nil))
	if len(pieces) > 0 {
		etag += "-" + strconv.Itoa(len(pieces))
	}
	return etag
}

// concatenate makes an object of partial uploads, which are gone then.
func (s *Service) concatenate(w http.ResponseWriter, r *http.Request, p *pending, sources []string) error {
	ctx := r.Context()
	p.size = 0
	seen := map[string]bool{}
	for _, id := range sources {
		part, err := s.findPending(ctx, id)
		if err != nil {
			return err
		}
		if part.kind != tus.Partial || part.to.owner != p.to.owner || part.trusted != p.trusted || !part.complete() || seen[id] {
			return errHeader(tus.ErrConcat)
		}
		seen[id] = true
		p.size += part.size
	}
	limit, err := s.pendingLimit(ctx, p)
	if err != nil {
		return err
	}
	if p.size > limit {
		return errTooLarge
	}
	if err := s.mayWrite(ctx, p.to); err != nil {
		return err
	}
	p.received = p.size
	if err := s.insertPending(ctx, p); err != nil {
		return err
	}
	if err := s.finish(ctx, p, sources); err != nil {
		s.drop(ctx, p.id)
		return err
	}
	w.Header().Set("Location", s.location(r, p))
	w.WriteHeader(http.StatusCreated)
	return nil
}
