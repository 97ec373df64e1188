package storage

import (
	"context"
	"net/http"
	"strings"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

// The one cache that this server has is that of rendered pictures, and a purge empties
// it. The originals are never stale here: each answer is checked by its ETag.

const sqlInBucket = `select version from storage.objects where bucket_id = $1 and version = any($2::text[])`

func (s *Service) purgeBucket(w http.ResponseWriter, r *http.Request) error {
	if wire.Actor(r).Role != "service_role" {
		return errDenied
	}
	b, err := findBucket(r.Context(), s.all(), r.PathValue("bucket"))
	if err == nil {
		err = s.forgetBucket(r.Context(), b.ID)
	}
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, message("success"))
}

func (s *Service) purgeObject(w http.ResponseWriter, r *http.Request) error {
	if wire.Actor(r).Role != "service_role" {
		return errDenied
	}
	f, err := s.asEverybody(r)(r.Context())
	if err == nil && blob.CheckKey(f.version()) == nil {
		err = s.forget(r.Context(), renderedOf(f.version()), func([]string) (map[string]bool, error) { return nil, nil })
	}
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, message("success"))
}

// forgetBucket removes the rendered pictures whose originals lie in a bucket.
func (s *Service) forgetBucket(ctx context.Context, bucket string) error {
	return s.forget(ctx, rendered, func(versions []string) (map[string]bool, error) {
		known := map[string]bool{}
		err := each(ctx, s.all(), func(r *db.Rows) { known[r.Value(0).S] = true }, sqlInBucket, bucket, versions)
		return known, err
	})
}

// forget removes rendered pictures by prefix, in batches: those whose original which
// names, or all where it names nothing.
func (s *Service) forget(ctx context.Context, prefix string, which func(versions []string) (map[string]bool, error)) error {
	var keys []string
	flush := func() error {
		versions := make([]string, len(keys))
		for i, k := range keys {
			versions[i] = originOf(k)
		}
		known, err := which(versions)
		if err != nil {
			return err
		}
		var gone []string
		for i, k := range keys {
			if known == nil || known[versions[i]] {
				gone = append(gone, k)
			}
		}
		keys = keys[:0]
		if len(gone) == 0 {
			return nil
		}
		return s.cfg.Blobs.Delete(ctx, gone...)
	}
	for info, err := range s.cfg.Blobs.List(ctx, prefix) {
		if err != nil {
			return err
		}
		if !strings.HasPrefix(info.Key, rendered) {
			continue
		}
		if keys = append(keys, info.Key); len(keys) == checkBatch {
			if err := flush(); err != nil {
				return err
			}
		}
	}
	return flush()
}
