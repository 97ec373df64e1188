package storage

import (
	"context"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/plinth-dev/plinth/internal/storage/tus"
	"github.com/plinth-dev/plinth/internal/value"
	"github.com/plinth-dev/plinth/internal/wire"
)

const resumablePath = "/upload/resumable"

// resumableRoutes is the surface of TUS. The signed variant is the same, for callers
// who show a signed URL's token instead of rights of their own.
func (s *Service) resumableRoutes() []wire.Route {
	var out []wire.Route
	for _, path := range []string{resumablePath, resumablePath + "/sign"} {
		for _, p := range []string{path, path + "/{$}"} {
			out = append(out,
				wire.Route{Pattern: "OPTIONS " + p, Handler: s.offer, Open: true, Doc: "what of TUS is spoken"},
				wire.Route{Pattern: "POST " + p, Handler: speak(s.begin), Open: true, Doc: "begin an upload"})
		}
		out = append(out,
			wire.Route{Pattern: "OPTIONS " + path + "/{id}", Handler: s.offer, Open: true, Doc: "what of TUS is spoken"},
			wire.Route{Pattern: "HEAD " + path + "/{id}", Handler: speak(s.progress), Open: true, Doc: "how much has arrived"},
			wire.Route{Pattern: "PATCH " + path + "/{id}", Handler: speak(s.resume), Open: true, Doc: "send more"},
			wire.Route{Pattern: "DELETE " + path + "/{id}", Handler: speak(s.abandon), Open: true, Doc: "give an upload up"},
			wire.Route{Pattern: "POST " + path + "/{id}", Handler: speak(s.override), Open: true, Doc: "one of these, named by X-HTTP-Method-Override"})
	}
	return out
}

func isSigned(r *http.Request) bool { return strings.HasPrefix(r.URL.Path, resumablePath+"/sign") }

// speak checks the protocol's version, and the token that a route of its own would.
func speak(next wire.Handler) wire.Handler {
	return func(w http.ResponseWriter, r *http.Request) error {
		w.Header().Set("Tus-Resumable", tus.Version)
		w.Header().Set("Cache-Control", "no-store")
		if r.Header.Get("Tus-Resumable") != tus.Version {
			w.Header().Set("Tus-Version", tus.Version)
			return errVersion
		}
		if err := wire.ActorFault(r); err != nil && !isSigned(r) {
			return err
		}
		return next(w, r)
	}
}

func (s *Service) offer(w http.ResponseWriter, _ *http.Request) error {
	h := w.Header()
	h.Set("Tus-Resumable", tus.Version)
	h.Set("Tus-Version", tus.Version)
	h.Set("Tus-Extension", tus.Extensions)
	h.Set("Tus-Checksum-Algorithm", tus.Checksums)
	h.Set("Tus-Max-Size", strconv.FormatInt(s.cfg.FileLimit, 10))
	w.WriteHeader(http.StatusNoContent)
	return nil
}

// override is for networks that let only GET and POST pass.
func (s *Service) override(w http.ResponseWriter, r *http.Request) error {
	switch strings.ToUpper(r.Header.Get("X-HTTP-Method-Override")) {
	case http.MethodPatch:
		return s.resume(w, r)
	case http.MethodHead:
		return s.progress(w, r)
	case http.MethodDelete:
		return s.abandon(w, r)
	}
	return errNoRoute
}

// begin makes an upload; bytes may already come with it.
func (s *Service) begin(w http.ResponseWriter, r *http.Request) error {
	p, sources, err := s.readBegin(r)
	if err != nil {
		return err
	}
	if p.kind == tus.Final {
		return s.concatenate(w, r, p, sources)
	}
	if err := s.mayWrite(r.Context(), p.to); err != nil {
		return err
	}
	if err := s.insertPending(r.Context(), p); err != nil {
		return err
	}
	w.Header().Set("Location", s.location(r, p))
	if r.Header.Get("Content-Type") == tus.MediaType || p.size == 0 {
		mine, end, err := s.holds.take(r.Context(), w, p.id)
		if err != nil {
			return err
		}
		defer end()
		if err := s.take(r, p, mine); err != nil {
			return err
		}
	}
	p.answer(w)
	w.WriteHeader(http.StatusCreated)
	return nil
}

// readBegin reads what a new upload shall become, and refuses what can be refused
// before any byte was sent.
func (s *Service) readBegin(r *http.Request) (*pending, []string, error) {
	said, err := tus.ParseMetadata(r.Header.Get("Upload-Metadata"))
	if err != nil {
		return nil, nil, errHeader(err)
	}
	kind, sources, err := tus.ParseConcat(r.Header.Get("Upload-Concat"))
	if err != nil {
		return nil, nil, errHeader(err)
	}
	p := &pending{id: newVersion(s.cfg.Now()), kind: kind, size: -1, trusted: isSigned(r), expires: momentOf(s.cfg.Now().Add(s.cfg.UploadLife))}
	p.to = place{
		as: wire.Actor(r), owner: who(r), bucket: said["bucketName"], name: said["objectName"],
		upsert: strings.EqualFold(r.Header.Get("X-Upsert"), "true"),
	}
	if p.trusted {
		t, err := s.verifyToken(r.Header.Get("X-Signature"), p.to.bucket+"/"+p.to.name, scopeUpload)
		if err != nil {
			return nil, nil, err
		}
		p.to.as, p.to.owner, p.to.upsert = trusted(), owner{t.Owner}, t.Upsert
	}
	b, err := s.admit(r.Context(), p.to)
	if err != nil {
		return nil, nil, err
	}
	if kind != tus.Final {
		if p.size, err = declaredSize(r.Header); err != nil {
			return nil, nil, err
		}
		if p.size > s.limit(b) {
			return nil, nil, errTooLarge
		}
	}
	return p, sources, s.describePending(p, said, b, r.Header)
}

func (s *Service) describePending(p *pending, said map[string]string, b *bucket, h http.Header) error {
	in := incoming{mime: headerText(said["contentType"])}
	if err := in.setUser(said["metadata"]); err != nil {
		return err
	}
	if in.mime == "" {
		in.mime = headerText(said["filetype"]) // what Uppy sends
	}
	if in.mime == "" {
		in.mime = "application/octet-stream"
	}
	if !allows(b.MimeTypes, in.mime) {
		return errMime(in.mime)
	}
	p.user = in.user
	p.about = about{
		Mime: in.mime, Cache: cacheField(said["cacheControl"]), Encoding: contentEncoding(said["contentEncoding"]),
		Raw: h.Get("Upload-Metadata"), Concat: h.Get("Upload-Concat"),
	}
	return nil
}

// declaredSize returns Upload-Length, or -1 where it is deferred.
func declaredSize(h http.Header) (int64, error) {
	length, deferred := h.Get("Upload-Length"), h.Get("Upload-Defer-Length")
	switch {
	case length != "" && deferred == "":
		n, err := tus.ParseLength(length)
		if err != nil {
			return 0, errHeader(err)
		}
		return n, nil
	case length == "" && deferred == "1":
		return -1, nil
	}
	return 0, errHeader(tus.ErrLength)
}

// location is the upload's own URL, whole: some clients don't resolve relative ones.
func (s *Service) location(r *http.Request, p *pending) string {
	scheme := "http"
	if r.TLS != nil || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https") {
		scheme = "https"
	}
	path := resumablePath + "/"
	if p.trusted {
		path += "sign/"
	}
	return scheme + "://" + r.Host + s.cfg.Prefix + path + p.id
}

// answer sets the headers that tell of an upload's state.
func (p *pending) answer(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Upload-Offset", strconv.FormatInt(p.received, 10))
	if !p.done {
		h.Set("Upload-Expires", p.expires.time().Format(http.TimeFormat))
	}
}

// progress says how much has arrived. An upload that is complete but was not joined,
// because the server died in between, is joined now: its client will not come again.
func (s *Service) progress(w http.ResponseWriter, r *http.Request) error {
	_, end, err := s.holds.take(r.Context(), w, r.PathValue("id"))
	if err != nil {
		return err
	}
	defer end()
	p, err := s.claim(r)
	if err != nil {
		return err
	}
	if p.joins() {
		if err := s.finish(r.Context(), p, nil); err != nil {
			return err
		}
	}
	h := w.Header()
	p.answer(w)
	if p.size >= 0 {
		h.Set("Upload-Length", strconv.FormatInt(p.size, 10))
	} else {
		h.Set("Upload-Defer-Length", "1")
	}
	if p.about.Raw != "" {
		h.Set("Upload-Metadata", p.about.Raw)
	}
	if p.about.Concat != "" {
		h.Set("Upload-Concat", p.about.Concat)
	}
	w.WriteHeader(http.StatusOK)
	return nil
}

func (s *Service) abandon(w http.ResponseWriter, r *http.Request) error {
	_, end, err := s.holds.take(r.Context(), w, r.PathValue("id"))
	if err != nil {
		return err
	}
	defer end()
	p, err := s.claim(r)
	if err != nil {
		return err
	}
	if err := s.drop(r.Context(), p.id); err != nil {
		return err
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func momentOf(t time.Time) moment { return moment{value.Int(t.UnixMicro())} }

// truthfully marks requests whose answers carry their true status.
func truthfully(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, resumablePath) {
			r = r.WithContext(context.WithValue(r.Context(), truthful{}, true))
		}
		next.ServeHTTP(w, r)
	})
}
