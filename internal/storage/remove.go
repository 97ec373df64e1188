package storage

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

const (
	sqlDeleteFile  = `delete from storage.objects where bucket_id = $1 and name = $2 returning version`
	sqlDeleteFiles = `delete from storage.objects where bucket_id = $1 and name = any($2::text[]) returning ` + fileColumns
	sqlSomeNames   = `select name from storage.objects where bucket_id = $1 order by name collate "C" limit $2::bigint`
	maxDelete      = 1000 // names in one request, rows in one transaction
)

func (s *Service) deleteObject(w http.ResponseWriter, r *http.Request) error {
	ctx, bucket, name := r.Context(), r.PathValue("bucket"), r.PathValue("path")
	if err := checkKey(name); err != nil {
		return err
	}
	var versions []string
	_, err := s.cfg.DB.Write(ctx, wire.Actor(r), func(tx *db.Tx) error {
		versions = nil
		err := each(ctx, tx, func(r *db.Rows) { versions = append(versions, r.Value(0).S) }, sqlDeleteFile, bucket, name)
		if err == nil && len(versions) == 0 {
			err = errNoObject
		}
		return err
	})
	if err != nil {
		return err
	}
	s.discard(ctx, versions...)
	return wire.WriteJSON(w, http.StatusOK, message("Successfully deleted"))
}

func (s *Service) deleteObjects(w http.ResponseWriter, r *http.Request) error {
	names, err := readNames(w, r)
	if err != nil {
		return err
	}
	files, err := s.removeFiles(r.Context(), wire.Actor(r), r.PathValue("bucket"), names)
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, files)
}

// readNames reads the member prefixes: names, or objects that name them.
func readNames(w http.ResponseWriter, r *http.Request) ([]string, error) {
	var in struct {
		Prefixes []json.RawMessage `json:"prefixes"`
	}
	if err := wire.DecodeJSON(w, r, maxJSON*2, &in); err != nil {
		return nil, err
	}
	if len(in.Prefixes) == 0 {
		return nil, errMissing("prefixes")
	}
	if len(in.Prefixes) > maxDelete {
		return nil, errParameter("prefixes")
	}
	names := make([]string, 0, len(in.Prefixes))
	for _, raw := range in.Prefixes {
		var name string
		if json.Unmarshal(raw, &name) != nil {
			var entry struct {
				Path string `json:"path"`
				Name string `json:"name"`
			}
			if json.Unmarshal(raw, &entry) != nil {
				return nil, errParameter("prefixes")
			}
			if name = entry.Path; name == "" {
				name = entry.Name
			}
		}
		names = append(names, name)
	}
	return names, nil
}

// removeFiles deletes those of the named objects that the actor may, and their bytes
// once that is committed.
func (s *Service) removeFiles(ctx context.Context, as db.Session, bucket string, names []string) ([]file, error) {
	files := []file{}
	_, err := s.cfg.DB.Write(ctx, as, func(tx *db.Tx) error {
		files = files[:0]
		return each(ctx, tx, func(r *db.Rows) { files = append(files, scanFile(r.Row())) }, sqlDeleteFiles, bucket, names)
	})
	if err != nil {
		return nil, err
	}
	versions := make([]string, 0, len(files))
	for i := range files {
		versions = append(versions, files[i].version())
	}
	s.discard(ctx, versions...)
	return files, nil
}

func (s *Service) emptyBucket(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("bucket")
	if _, err := findBucket(ctx, s.as(r), id); err != nil {
		return err
	}
	for {
		var names []string
		if err := each(ctx, s.as(r), func(r *db.Rows) { names = append(names, r.Value(0).S) }, sqlSomeNames, id, maxDelete); err != nil {
			return err
		}
		if len(names) == 0 {
			return wire.WriteJSON(w, http.StatusOK, message("Successfully emptied"))
		}
		files, err := s.removeFiles(ctx, wire.Actor(r), id, names)
		if err != nil {
			return err
		}
		if len(files) < len(names) && stays(files, names) {
			return errDenied
		}
	}
}

// stays reports whether the first name, which the next round would meet again, was
// not deleted: the caller may see it, but not delete it.
func stays(files []file, names []string) bool {
	return !slices.ContainsFunc(files, func(f file) bool { return f.Name == names[0] })
}
