package storage

import (
	"context"
	"encoding/json"
	"math"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire"
)

// bucket is a row of storage.buckets.
type bucket struct {
	ID        string   `json:"id"`
	Name      string   `json:"name"`
	Owner     string   `json:"owner"`
	Public    bool     `json:"public"`
	SizeLimit *int64   `json:"file_size_limit"`
	MimeTypes []string `json:"allowed_mime_types"`
	Created   moment   `json:"created_at"`
	Updated   moment   `json:"updated_at"`
	Type      string   `json:"type"`
}

const (
	sqlBuckets      = `select id, name, owner_id, public, file_size_limit, allowed_mime_types, created_at, updated_at, type from storage.buckets`
	sqlBucket       = sqlBuckets + ` where id = $1`
	sqlInsertBucket = `insert into storage.buckets (id, name, owner, owner_id, public, file_size_limit, allowed_mime_types)
 values ($1, $2, $3, $4, $5::boolean, $6::bigint, $7::text[])`
	sqlDeleteBucket = `delete from storage.buckets where id = $1`
	sqlAnyFile      = `select 1 from storage.objects where bucket_id = $1 limit 1`
	maxJSON         = 1 << 20
)

func scanBucket(r *db.Rows) bucket {
	v := r.Row()
	b := bucket{ID: v[0].S, Name: v[1].S, Owner: v[2].S, Public: v[3].True(), Created: moment{v[6]}, Updated: moment{v[7]}, Type: v[8].S}
	if !v[4].IsNull() {
		b.SizeLimit = &v[4].I
	}
	if !v[5].IsNull() {
		json.Unmarshal(r.AppendJSON(nil, 5), &b.MimeTypes) // a list of texts: cannot fail
	}
	return b
}

// findBucket returns a bucket as q's actor sees it, or errNoBucket.
func findBucket(ctx context.Context, q querier, id string) (*bucket, error) {
	if err := checkBucket(id); err != nil {
		return nil, err
	}
	var found *bucket
	err := each(ctx, q, func(r *db.Rows) { b := scanBucket(r); found = &b }, sqlBucket, id)
	if err == nil && found == nil {
		err = errNoBucket
	}
	return found, err
}

// all is the database without policies: for what the room must know whoever asks.
func (s *Service) all() reader { return reader{s.cfg.DB, db.Owner} }

func (s *Service) as(r *http.Request) reader { return reader{s.cfg.DB, wire.Actor(r)} }

func (s *Service) getBucket(w http.ResponseWriter, r *http.Request) error {
	b, err := findBucket(r.Context(), s.as(r), r.PathValue("bucket"))
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, b)
}

func (s *Service) listBuckets(w http.ResponseWriter, r *http.Request) error {
	q := r.URL.Query()
	column, order := q.Get("sortColumn"), q.Get("sortOrder")
	switch column {
	case "":
		column = "name"
	case "id", "name", "created_at", "updated_at":
	default:
		return errParameter("sortColumn")
	}
	if order != "" && order != "asc" && order != "desc" {
		return errParameter("sortOrder")
	}
	limit, err := number(q.Get("limit"), math.MaxInt32)
	offset, err2 := number(q.Get("offset"), 0)
	if err != nil || err2 != nil {
		return errParameter("limit")
	}
	list := []bucket{}
	err = each(r.Context(), s.as(r), func(r *db.Rows) { list = append(list, scanBucket(r)) },
		sqlBuckets+` where name ilike $1 order by `+column+` `+order+` limit $2::bigint offset $3::bigint`,
		"%"+escapeLike(q.Get("search"))+"%", limit, offset)
	if err != nil {
		return err
	}
	return wire.WriteLong(w, r, list)
}

// number reads a count from a query, def where it is absent.
func number(text string, def int) (int, error) {
	if text == "" {
		return def, nil
	}
	n, err := strconv.ParseUint(text, 10, 31)
	return int(n), err
}

func escapeLike(text string) string {
	return strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text)
}

// bucketBody is what a client says of a bucket; absent members stay as they are.
type bucketBody struct {
	ID        string          `json:"id"`
	Name      string          `json:"name"`
	Public    *bool           `json:"public"`
	SizeLimit json.RawMessage `json:"file_size_limit"`
	MimeTypes json.RawMessage `json:"allowed_mime_types"`
	Type      string          `json:"type"`
}

func (s *Service) createBucket(w http.ResponseWriter, r *http.Request) error {
	var in bucketBody
	if err := wire.DecodeJSON(w, r, maxJSON, &in); err != nil {
		return err
	}
	if in.Name == "" {
		return errMissing("name")
	}
	if in.ID == "" {
		in.ID = in.Name
	}
	if in.Type != "" && in.Type != "STANDARD" {
		return errParameter("type")
	}
	limit, mimes, err := s.bucketLimits(in)
	if err == nil {
		err = checkBucket(in.ID)
	}
	if err == nil {
		err = checkBucket(in.Name)
	}
	if err != nil {
		return err
	}
	owner := who(r)
	public := in.Public != nil && *in.Public
	_, err = s.cfg.DB.Write(r.Context(), wire.Actor(r), func(tx *db.Tx) error {
		_, err := tx.Exec(r.Context(), sqlInsertBucket, in.ID, in.Name, owner.uuid(), null(owner.id), public, limit, mimes)
		return err
	})
	if fault.CodeOf(err) == "23505" {
		return errBucketExists.WithCause(err)
	}
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"name": in.ID})
}

func (s *Service) updateBucket(w http.ResponseWriter, r *http.Request) error {
	id, in := r.PathValue("bucket"), bucketBody{}
	if err := wire.DecodeJSON(w, r, maxJSON, &in); err != nil {
		return err
	}
	limit, mimes, err := s.bucketLimits(in)
	if err != nil {
		return err
	}
	set, args := []string{"updated_at = now()"}, []any{id}
	put := func(column, kind string, v any) {
		args = append(args, v)
		set = append(set, column+" = $"+strconv.Itoa(len(args))+"::"+kind)
	}
	if in.Public != nil {
		put("public", "boolean", *in.Public)
	}
	if in.SizeLimit != nil {
		put("file_size_limit", "bigint", limit)
	}
	if in.MimeTypes != nil {
		put("allowed_mime_types", "text[]", mimes)
	}
	_, err = s.cfg.DB.Write(r.Context(), wire.Actor(r), func(tx *db.Tx) error {
		n, err := tx.Exec(r.Context(), `update storage.buckets set `+strings.Join(set, ", ")+` where id = $1`, args...)
		if err == nil && n == 0 {
			err = errNoBucket
		}
		return err
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, message("Successfully updated"))
}

func (s *Service) deleteBucket(w http.ResponseWriter, r *http.Request) error {
	ctx, id := r.Context(), r.PathValue("bucket")
	_, err := s.cfg.DB.Write(ctx, wire.Actor(r), func(tx *db.Tx) error {
		if _, err := findBucket(ctx, tx, id); err != nil {
			return err
		}
		full := false
		if err := each(ctx, tx.As(db.Owner), func(*db.Rows) { full = true }, sqlAnyFile, id); err != nil {
			return err
		}
		if full {
			return errNotEmpty
		}
		n, err := tx.Exec(ctx, sqlDeleteBucket, id)
		if err == nil && n == 0 {
			err = errNoBucket
		}
		return err
	})
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, message("Successfully deleted"))
}

// bucketLimits reads the two limits: NULL where they are null or absent.
func (s *Service) bucketLimits(in bucketBody) (limit, mimes any, err error) {
	if given(in.SizeLimit) {
		n, err := parseSize(in.SizeLimit)
		if err != nil {
			return nil, nil, err
		}
		if n > s.cfg.FileLimit {
			return nil, nil, errTooLarge
		}
		limit = n
	}
	if given(in.MimeTypes) {
		var list []string
		if json.Unmarshal(in.MimeTypes, &list) != nil {
			return nil, nil, errParameter("allowed_mime_types")
		}
		for _, m := range list {
			if !strings.Contains(m, "/") && m != "*" || strings.ContainsAny(m, " \t\r\n,") {
				return nil, nil, errMime(clip(m))
			}
		}
		if list == nil {
			list = []string{}
		}
		mimes = list
	}
	return limit, mimes, nil
}

func given(text json.RawMessage) bool { return len(text) > 0 && string(text) != "null" }

var sizeForm = regexp.MustCompile(`(?i)^([0-9]+(?:\.[0-9]+)?)\s*(gb|mb|kb|b)?$`)

// parseSize reads 5000 or "20MB", whose units are powers of ten on this wire.
func parseSize(raw json.RawMessage) (int64, error) {
	m := sizeForm.FindStringSubmatch(strings.Trim(string(raw), `"`))
	if m == nil {
		return 0, errFileSizeLimit
	}
	n, err := strconv.ParseFloat(m[1], 64)
	switch strings.ToLower(m[2]) {
	case "gb":
		n *= 1e9
	case "mb":
		n *= 1e6
	case "kb":
		n *= 1e3
	}
	if err != nil || n > 1<<53 {
		return 0, errFileSizeLimit
	}
	return int64(n), nil
}
