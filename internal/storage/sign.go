package storage

import (
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// What a signed URL lets its holder do.
const (
	scopeDownload = "storage_download"
	scopeUpload   = "storage_upload"
)

// ticket is the payload of a signed URL's token. The scope keeps a token for reading
// from being used for writing, and an access token, which has no url, from either.
type ticket struct {
	URL       string `json:"url"`
	Scope     string `json:"scope"`
	Owner     string `json:"owner,omitempty"`
	Upsert    bool   `json:"upsert,omitempty"`
	Transform string `json:"transformations,omitempty"`
	Issued    int64  `json:"iat"`
	Exp       int64  `json:"exp"`
}

func (t ticket) expires() time.Time { return time.Unix(t.Exp, 0).UTC() }

const maxLife = 100 * 365 * 24 * 3600 // seconds

func (s *Service) signed(t ticket, life int64) (string, error) {
	t.Issued = s.cfg.Now().Unix()
	t.Exp = t.Issued + life
	return s.cfg.Ring.Sign(t)
}

// verify reads the token of a signed URL and holds it against the URL's own path.
func (s *Service) verify(r *http.Request, scope string) (ticket, error) {
	return s.verifyToken(r.URL.Query().Get("token"), r.PathValue("bucket")+"/"+r.PathValue("path"), scope)
}

func (s *Service) verifyToken(tok, url, scope string) (ticket, error) {
	var t ticket
	now := s.cfg.Now()
	claims, err := s.cfg.Ring.Verify(tok, now)
	switch {
	case errors.Is(err, token.ErrExpired):
		return t, errExpired
	case err != nil:
		return t, errBadToken.WithCause(err)
	}
	if err := json.Unmarshal([]byte(claims.JSON), &t); err != nil {
		return t, errBadToken.WithCause(err)
	}
	switch {
	case t.URL == "" || t.URL != url || t.Scope != scope:
		return t, errSignature
	case now.Unix() >= t.Exp:
		return t, errExpired
	}
	return t, nil
}

type signBody struct {
	ExpiresIn int64           `json:"expiresIn"`
	Paths     []string        `json:"paths"`
	Transform json.RawMessage `json:"transform"`
}

func readSign(w http.ResponseWriter, r *http.Request) (signBody, error) {
	var in signBody
	if err := wire.DecodeJSON(w, r, maxJSON, &in); err != nil {
		return in, err
	}
	if in.ExpiresIn < 1 || in.ExpiresIn > maxLife {
		return in, errParameter("expiresIn")
	}
	return in, nil
}

func (s *Service) sign(w http.ResponseWriter, r *http.Request) error {
	in, err := readSign(w, r)
	if err != nil {
		return err
	}
	f, err := s.asCaller(r)(r.Context())
	if err != nil {
		return err
	}
	how, err := transform(in.Transform)
	if err != nil {
		return err
	}
	url, err := s.signedURL(ticket{URL: f.Bucket + "/" + f.Name, Transform: how}, in.ExpiresIn)
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"signedURL": url})
}

func (s *Service) signedURL(t ticket, life int64) (string, error) {
	t.Scope = scopeDownload
	tok, err := s.signed(t, life)
	prefix := "/object/sign/"
	if t.Transform != "" {
		prefix = "/render/image/sign/"
	}
	return prefix + t.URL + "?token=" + tok, err
}

// signedPath is the answer for one of many paths.
type signedPath struct {
	Error *string `json:"error"`
	Path  string  `json:"path"`
	URL   *string `json:"signedURL"`
}

const (
	maxPaths   = 1000
	sqlVisible = `select name from storage.objects where bucket_id = $1 and name = any($2::text[])`
)

func (s *Service) signMany(w http.ResponseWriter, r *http.Request) error {
	in, err := readSign(w, r)
	if err != nil {
		return err
	}
	if len(in.Paths) == 0 || len(in.Paths) > maxPaths {
		return errParameter("paths")
	}
	bucket, seen := r.PathValue("bucket"), map[string]bool{}
	if err := checkBucket(bucket); err != nil {
		return err
	}
	if err := each(r.Context(), s.as(r), func(r *db.Rows) { seen[r.Value(0).S] = true }, sqlVisible, bucket, in.Paths); err != nil {
		return err
	}
	out := make([]signedPath, len(in.Paths))
	for i, path := range in.Paths {
		out[i].Path = path
		if !seen[path] {
			text := "Either the object does not exist or you do not have access to it"
			out[i].Error = &text
			continue
		}
		url, err := s.signedURL(ticket{URL: bucket + "/" + path}, in.ExpiresIn)
		if err != nil {
			return err
		}
		out[i].URL = &url
	}
	return wire.WriteJSON(w, http.StatusOK, out)
}

func (s *Service) signUpload(w http.ResponseWriter, r *http.Request) error {
	to := s.placeOf(r, r.Header.Get("X-Upsert") == "true")
	if _, err := s.admit(r.Context(), to); err != nil {
		return err
	}
	if err := s.mayWrite(r.Context(), to); err != nil {
		return err
	}
	path := to.bucket + "/" + to.name
	tok, err := s.signed(ticket{URL: path, Scope: scopeUpload, Owner: to.owner.id, Upsert: to.upsert}, int64(s.cfg.SignedLife/time.Second))
	if err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"url": "/object/upload/sign/" + path + "?token=" + tok, "token": tok})
}

func (s *Service) uploadSigned(w http.ResponseWriter, r *http.Request) error {
	t, err := s.verify(r, scopeUpload)
	if err != nil {
		return err
	}
	to := s.placeOf(r, t.Upsert)
	to.as, to.owner = trusted(), owner{t.Owner}
	if _, err := s.receive(w, r, to); err != nil {
		return err
	}
	return wire.WriteJSON(w, http.StatusOK, map[string]string{"Key": to.bucket + "/" + to.name})
}
