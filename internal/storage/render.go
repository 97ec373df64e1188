package storage

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/blob"
	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/storage/picture"
)

// rendered begins the keys of blobs that are made from others: a cache, which no row
// names. The sweeper removes them when they are renderLife old.
const (
	rendered   = "r-"
	renderLife = 24 * time.Hour
)

var (
	errNoPicture  = status(fault.New(fault.Invalid, "InvalidRequest", "The object is not an image that can be transformed"), 422)
	errPictureBig = status(fault.New(fault.TooLarge, "InvalidRequest", "The image has more pixels than can be transformed"), 422)
)

func (s *Service) renderPublic(w http.ResponseWriter, r *http.Request) error {
	return s.renderQuery(w, r, s.asPublic(r))
}

func (s *Service) renderAuthenticated(w http.ResponseWriter, r *http.Request) error {
	return s.renderQuery(w, r, s.asCaller(r))
}

func (s *Service) renderQuery(w http.ResponseWriter, r *http.Request, find finder) error {
	spec, err := picture.ParseQuery(r.URL.Query())
	if err != nil {
		return errSpec(err)
	}
	return s.render(w, r, find, spec)
}

// renderSigned draws what the token says, whatever the URL asks for.
func (s *Service) renderSigned(w http.ResponseWriter, r *http.Request) error {
	t, err := s.verify(r, scopeDownload)
	if err != nil {
		return err
	}
	spec, err := picture.Parse(t.Transform)
	if err != nil {
		return errSpec(err)
	}
	w.Header().Set("Expires", t.expires().Format(http.TimeFormat))
	return s.render(w, r, s.asEverybody(r), spec)
}

func errSpec(err error) *fault.Error {
	return status(fault.New(fault.Invalid, "InvalidRequest", strings.TrimPrefix(err.Error(), picture.ErrSpec.Error()+": ")), 400)
}

// transform reads the member of a request for a signed URL.
func transform(raw json.RawMessage) (string, error) {
	if !given(raw) {
		return "", nil
	}
	var members map[string]any
	if err := json.Unmarshal(raw, &members); err != nil {
		return "", errParameter("transform")
	}
	q := map[string][]string{}
	for name, v := range members {
		switch v := v.(type) {
		case float64:
			q[name] = []string{strconv.FormatFloat(v, 'f', -1, 64)}
		case string:
			q[name] = []string{v}
		}
	}
	spec, err := picture.ParseQuery(q)
	if err != nil {
		return "", errSpec(err)
	}
	return spec.Encode(), nil
}

// render answers with a picture of the object's picture, from the cache where it is.
func (s *Service) render(w http.ResponseWriter, r *http.Request, find finder, spec picture.Spec) error {
	f, err := find(r.Context())
	if err != nil {
		return err
	}
	if spec.Format != "origin" && spec.Format != "webp" {
		w.Header().Add("Vary", "Accept")
	}
	spec.Settle(r.Header.Get("Accept"))
	m := f.meta()
	key := renderKey(f.version(), spec)
	m.ETag = `"` + key[len(key)-32:] + `"`
	s.describe(w, r, f, m)
	w.Header().Del("Content-Encoding")
	w.Header().Set("X-Transformations", spec.Encode())
	switch judge(r.Header, m.ETag, f.Updated.time()) {
	case notModified:
		w.WriteHeader(http.StatusNotModified)
		return nil
	case preconditionFailed:
		return errPrecondition
	}
	out, err := s.drawn(r.Context(), f, key, spec)
	if err != nil {
		return err
	}
	w.Header().Set("Accept-Ranges", "none")
	w.Header().Set("Content-Type", http.DetectContentType(out))
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	w.WriteHeader(http.StatusOK)
	if r.Method != http.MethodHead {
		w.Write(out)
	}
	return nil
}

// renderKey begins with the version, so that all pictures of one file can be found.
func renderKey(version string, spec picture.Spec) string {
	sum := sha256.Sum256([]byte(version + " " + spec.Encode()))
	return renderedOf(version) + hex.EncodeToString(sum[:16])
}

// Derived reports whether a blob is made from another, so that it need not be kept.
func Derived(key string) bool { return strings.HasPrefix(key, rendered) }

func renderedOf(version string) string { return rendered + version + "." }

// originOf is the version that a rendered picture was made from.
func originOf(key string) string {
	version, _, _ := strings.Cut(strings.TrimPrefix(key, rendered), ".")
	return version
}

// drawn returns a rendered picture. Few are drawn at once, since each is decoded into
// memory; who does not get a place before his request ends is told to come again.
func (s *Service) drawn(ctx context.Context, f *file, key string, spec picture.Spec) ([]byte, error) {
	if out, err := s.cached(ctx, key); err == nil || !errors.Is(err, blob.ErrMissing) {
		return out, err
	}
	select {
	case s.easels <- struct{}{}:
		defer func() { <-s.easels }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if out, err := s.cached(ctx, key); err == nil { // drawn while this one waited
		return out, nil
	}
	out, err := s.draw(ctx, f, spec)
	if err != nil {
		return nil, err
	}
	if _, err := s.cfg.Blobs.Put(ctx, key, bytes.NewReader(out), int64(len(out))); err != nil {
		s.cfg.Log.Warn("storage: a rendered image was not kept", "error", err)
	}
	return out, nil
}

func (s *Service) cached(ctx context.Context, key string) ([]byte, error) {
	body, err := s.cfg.Blobs.Get(ctx, key, blob.Whole)
	if err != nil {
		return nil, err
	}
	defer body.Close()
	return io.ReadAll(body)
}

// draw measures the picture, and decodes it only when it fits into the budget.
func (s *Service) draw(ctx context.Context, f *file, spec picture.Spec) ([]byte, error) {
	body, err := s.open(ctx, f, blob.Whole)
	if err != nil {
		return nil, err
	}
	shape, err := picture.Probe(body)
	body.Close()
	if err != nil {
		return nil, errNoPicture.WithCause(err)
	}
	if shape.Pixels() > s.cfg.ImagePixels {
		return nil, errPictureBig
	}
	if body, err = s.open(ctx, f, blob.Whole); err != nil {
		return nil, err
	}
	defer body.Close()
	var out bytes.Buffer
	if _, err := picture.Render(&out, body, shape, spec); err != nil {
		return nil, errNoPicture.WithCause(err)
	}
	return out.Bytes(), nil
}
