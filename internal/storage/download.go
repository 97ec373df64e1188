package storage

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire"
)

// finder looks a request's object up, with the rights that its URL gives.
type finder func(ctx context.Context) (*file, error)

func (s *Service) download(w http.ResponseWriter, r *http.Request) error {
	return s.send(w, r, s.asCallerOrPublic(r))
}

func (s *Service) downloadAuthenticated(w http.ResponseWriter, r *http.Request) error {
	return s.send(w, r, s.asCaller(r))
}

func (s *Service) downloadPublic(w http.ResponseWriter, r *http.Request) error {
	return s.send(w, r, s.asPublic(r))
}

func (s *Service) downloadSigned(w http.ResponseWriter, r *http.Request) error {
	claims, err := s.verify(r, scopeDownload)
	if err == nil && claims.Transform != "" {
		err = errSignature // it shows a smaller picture, not the file
	}
	if err != nil {
		return err
	}
	w.Header().Set("Expires", claims.expires().Format(http.TimeFormat))
	return s.send(w, r, s.asEverybody(r))
}

func (s *Service) find(as db.Session, r *http.Request) finder {
	bucket, name := r.PathValue("bucket"), r.PathValue("path")
	return func(ctx context.Context) (*file, error) {
		if err := checkKey(name); err != nil {
			return nil, err
		}
		return findFile(ctx, reader{s.cfg.DB, as}, bucket, name)
	}
}

func (s *Service) asEverybody(r *http.Request) finder { return s.find(db.Owner, r) }

func (s *Service) asCaller(r *http.Request) finder {
	inner := s.find(wire.Actor(r), r)
	return func(ctx context.Context) (*file, error) {
		if _, err := findBucket(ctx, s.all(), r.PathValue("bucket")); err != nil {
			return nil, err
		}
		return inner(ctx)
	}
}

func (s *Service) asPublic(r *http.Request) finder {
	inner := s.find(db.Owner, r)
	return func(ctx context.Context) (*file, error) {
		b, err := findBucket(ctx, s.all(), r.PathValue("bucket"))
		if err == nil && !b.Public {
			err = errNoBucket
		}
		if err != nil {
			return nil, err
		}
		return inner(ctx)
	}
}

func (s *Service) asCallerOrPublic(r *http.Request) finder {
	caller, public := s.find(wire.Actor(r), r), s.find(db.Owner, r)
	return func(ctx context.Context) (*file, error) {
		b, err := findBucket(ctx, s.all(), r.PathValue("bucket"))
		if err != nil {
			return nil, err
		}
		if b.Public {
			return public(ctx)
		}
		return caller(ctx)
	}
}

// send answers with an object's bytes, or the part of them that is asked for.
func (s *Service) send(w http.ResponseWriter, r *http.Request, find finder) error {
	f, err := find(r.Context())
	if err != nil {
		return err
	}
	m := f.meta()
	s.describe(w, r, f, m)
	switch judge(r.Header, m.ETag, f.Updated.time()) {
	case notModified:
		w.WriteHeader(http.StatusNotModified)
		return nil
	case preconditionFailed:
		return errPrecondition
	}
	rng, part, err := wanted(r.Header, m.Size, m.ETag, f.Updated.time())
	if err != nil {
		w.Header().Set("Content-Range", "bytes */"+strconv.FormatInt(m.Size, 10))
		return err
	}
	body, err := s.open(r.Context(), f, rng)
	if errors.Is(err, blob.ErrMissing) { // replaced between the two looks
		if again, err2 := find(r.Context()); err2 == nil && again.version() != f.version() {
			return s.send(w, r, func(context.Context) (*file, error) { return again, nil })
		}
	}
	if err != nil {
		return err
	}
	defer body.Close()
	length, code := m.Size, http.StatusOK
	if part {
		length, code = rng.Length, http.StatusPartialContent
		w.Header().Set("Content-Range", contentRange(rng, m.Size))
	}
	w.Header().Set("Content-Length", strconv.FormatInt(length, 10))
	w.WriteHeader(code)
	if r.Method != http.MethodHead {
		pour(w, body)
	}
	return nil
}

func contentRange(rng blob.Range, size int64) string {
	return "bytes " + strconv.FormatInt(rng.Offset, 10) + "-" + strconv.FormatInt(rng.Offset+rng.Length-1, 10) + "/" + strconv.FormatInt(size, 10)
}

func (f *file) version() string {
	if f.Version == nil {
		return ""
	}
	return *f.Version
}

// open returns a part of the file's bytes. A row without a blob is no object.
func (s *Service) open(ctx context.Context, f *file, rng blob.Range) (io.ReadCloser, error) {
	if blob.CheckKey(f.version()) != nil {
		return nil, blob.ErrMissing
	}
	return s.cfg.Blobs.Get(ctx, f.version(), rng)
}

// describe sets the headers that every answer about an object's bytes has.
func (s *Service) describe(w http.ResponseWriter, r *http.Request, f *file, m meta) {
	h := w.Header()
	h.Set("Accept-Ranges", "bytes")
	h.Set("Content-Type", shownType(m.MimeType))
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("Last-Modified", f.Updated.time().Format(http.TimeFormat))
	if m.ETag != "" {
		h.Set("Etag", m.ETag)
	}
	if h.Get("Expires") == "" {
		h.Set("Cache-Control", m.CacheControl)
	}
	if m.Encoding != "" {
		h.Set("Content-Encoding", m.Encoding)
	}
	if strings.Contains(strings.ToLower(m.MimeType), "xml") { // SVG too: a picture may show, but its scripts must not run
		h.Set("Content-Security-Policy", "sandbox")
	}
	if q := r.URL.Query(); q.Has("download") {
		h.Set("Content-Disposition", disposition(q.Get("download")))
	}
}

// shownType keeps pages that somebody uploaded from running on this origin.
func shownType(kind string) string {
	if strings.Contains(strings.ToLower(kind), "html") {
		return "text/plain"
	}
	return kind
}

func disposition(name string) string {
	if name == "" {
		return "attachment;"
	}
	enc := strings.ReplaceAll(url.QueryEscape(name), "+", "%20")
	return "attachment; filename=" + enc + "; filename*=UTF-8''" + enc + ";"
}

const pourSize = 64 << 10

// lent buffers carry bytes from stores that are not files.
var lent = sync.Pool{New: func() any { return new([pourSize]byte) }}

// pour copies to the client; when that fails the client has gone, and the
// Content-Length tells it so.
func pour(w io.Writer, body io.Reader) {
	buf := lent.Get().(*[pourSize]byte)
	defer lent.Put(buf)
	io.CopyBuffer(w, body, buf[:])
}

func (s *Service) info(w http.ResponseWriter, r *http.Request) error {
	return answerInfo(w, r, s.asCallerOrPublic(r))
}

func (s *Service) infoPublic(w http.ResponseWriter, r *http.Request) error {
	return answerInfo(w, r, s.asPublic(r))
}

func answerInfo(w http.ResponseWriter, r *http.Request, find finder) error {
	f, err := find(r.Context())
	if err != nil {
		return err
	}
	m := f.meta()
	w.Header().Set("Etag", m.ETag)
	w.Header().Set("Last-Modified", f.Updated.time().Format(http.TimeFormat))
	w.Header().Set("Cache-Control", "no-cache")
	return wire.WriteJSON(w, http.StatusOK, map[string]any{
		"id": f.ID, "name": f.Name, "version": f.Version, "bucket_id": f.Bucket, "size": m.Size, "content_type": m.MimeType,
		"cache_control": m.CacheControl, "etag": m.ETag, "metadata": f.UserMeta, "last_modified": f.Updated, "created_at": f.Created,
	})
}
