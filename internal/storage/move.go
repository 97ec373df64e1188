package storage

import (
	"context"
	"encoding/json"
	"net/http"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

type moveBody struct {
	Bucket     string          `json:"bucketId"`
	Source     string          `json:"sourceKey"`
	Target     string          `json:"destinationKey"`
	ToBucket   string          `json:"destinationBucket"`
	CopyMeta   *bool           `json:"copyMetadata"`
	Metadata   json.RawMessage `json:"metadata"`
	sourceSeen *file
}

const sqlMove = `update storage.objects set bucket_id = $3, name = $4, updated_at = now() where bucket_id = $1 and name = $2`

func (s *Service) readMove(w http.ResponseWriter, r *http.Request) (*moveBody, error) {
	in := &moveBody{}
	if err := wire.DecodeJSON(w, r, maxJSON, in); err != nil {
		return nil, err
	}
	if in.ToBucket == "" {
		in.ToBucket = in.Bucket
	}
	for name, value := range map[string]string{"bucketId": in.Bucket, "sourceKey": in.Source, "destinationKey": in.Target} {
		if value == "" {
			return nil, errMissing(name)
		}
	}
	if err := checkKey(in.Target); err != nil {
		return nil, err
	}
	if _, err := findBucket(r.Context(), s.all(), in.ToBucket); err != nil {
		return nil, err
	}
	var err error
	in.sourceSeen, err = findFile(r.Context(), s.as(r), in.Bucket, in.Source)
	return in, err
}

// move gives the row another name; its blob stays where it is.
func (s *Service) move(w http.ResponseWriter, r *http.Request) error {
	in, err := s.readMove(w, r)
	if err != nil {
		return err
	}
	ctx := r.Context()
	_, err = s.cfg.DB.Write(ctx, wire.Actor(r), func(tx *db.Tx) error {
		n, err := tx.Exec(ctx, sqlMove, in.Bucket, in.Source, in.ToBucket, in.Target)
		if err == nil && n == 0 {
			err = errDenied
		}
		return err
	})
	if err != nil {
		return taken(err)
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{
		"message": "Successfully moved", "Id": in.sourceSeen.ID, "Key": in.ToBucket + "/" + in.Target,
	})
}

func (s *Service) copy(w http.ResponseWriter, r *http.Request) error {
	in, err := s.readMove(w, r)
	if err != nil {
		return err
	}
	to := place{as: wire.Actor(r), owner: who(r), bucket: in.ToBucket, name: in.Target, upsert: r.Header.Get("X-Upsert") == "true"}
	f, err := s.copyFile(r.Context(), in, to)
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, struct {
		Key string `json:"Key"`
		ID  string `json:"Id"`
		*file
	}{in.ToBucket + "/" + in.Target, f.ID, f})
}

// copyFile copies the blob and then writes the copy's row.
func (s *Service) copyFile(ctx context.Context, in *moveBody, to place) (*file, error) {
	if err := s.mayWrite(ctx, to); err != nil {
		return nil, err
	}
	src := in.sourceSeen
	b := stored{newVersion(s.cfg.Now()), src.meta(), src.UserMeta}
	b.meta.LastModified = s.cfg.Now().UTC().Format(momentLayout)
	if in.CopyMeta != nil && !*in.CopyMeta {
		if b.user = nil; given(in.Metadata) {
			b.user = in.Metadata
		}
	}
	if _, err := s.cfg.Blobs.Join(ctx, b.version, src.version()); err != nil {
		return nil, err
	}
	if _, err := s.link(ctx, to, b); err != nil {
		return nil, err
	}
	return findFile(ctx, s.all(), to.bucket, to.name)
}
