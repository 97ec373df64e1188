package storage

import (
	"context"
	"encoding/json"

	"github.com/plinth-dev/plinth/internal/db"
)

const (
	sqlOwned     = `select bucket_id, name, metadata, created_at from storage.objects where owner_id = $1 order by bucket_id, name limit 10000`
	sqlDropOwned = `delete from storage.objects where id in (select id from storage.objects where owner_id = $1 order by id limit 1000) returning version`
)

// ExportOwner returns a JSON array of the owner's files; their bytes are at the usual
// addresses.
func (s *Service) ExportOwner(ctx context.Context, owner string) ([]byte, error) {
	out := []byte("[")
	err := s.cfg.DB.Read(ctx, db.Owner, func(tx *db.Tx) error {
		return each(ctx, tx, func(r *db.Rows) {
			if len(out) > 1 {
				out = append(out, ',')
			}
			for i, c := range r.Columns() {
				name, _ := json.Marshal(c.Name) // a string
				out = append(out, "{,,,,"[min(i, 1)])
				out = append(append(out, name...), ':')
				out = r.AppendJSON(out, i)
			}
			out = append(out, '}')
		}, sqlOwned, owner)
	})
	return append(out, ']'), err
}

// ForgetOwner removes all files of an owner, whatever the policies say, and returns how
// many there were.
func (s *Service) ForgetOwner(ctx context.Context, owner string) (n int, err error) {
	for {
		var versions []string
		_, err := s.cfg.DB.Write(ctx, db.Owner, func(tx *db.Tx) error {
			versions = nil
			return each(ctx, tx, func(r *db.Rows) { versions = append(versions, r.Value(0).S) }, sqlDropOwned, owner)
		})
		if err != nil || len(versions) == 0 {
			return n, err
		}
		n += len(versions)
		s.discard(ctx, versions...)
	}
}
