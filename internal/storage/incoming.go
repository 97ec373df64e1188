package storage

import (
	"bufio"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"net/http"
	"strings"
)

// incoming is a file on its way in: what the request says of it, and its bytes.
type incoming struct {
	body     io.Reader
	length   int64 // -1 where unknown
	mime     string
	cache    string
	encoding string
	user     json.RawMessage
	rest     func(*incoming) error // reads what comes after the bytes; may be nil
}

const (
	defaultCache = "no-cache"
	maxField     = 64 << 10 // of a form field, and of user metadata
	maxFields    = 32
	sniffed      = 512
)

// read finds the file in a request: a form's first file, or the body itself.
func read(r *http.Request) (*incoming, error) {
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if kind != "multipart/form-data" {
		return readRaw(r)
	}
	if params["boundary"] == "" {
		return nil, errBadForm
	}
	return readForm(multipart.NewReader(r.Body, params["boundary"]))
}

func readRaw(r *http.Request) (*incoming, error) {
	in := &incoming{body: r.Body, length: r.ContentLength, mime: r.Header.Get("Content-Type"), encoding: contentEncoding(r.Header.Get("Content-Encoding"))}
	in.cache = headerText(r.Header.Get("Cache-Control"))
	if in.cache == "" {
		in.cache = defaultCache
	}
	return in, in.setUser(r.Header.Get("X-Metadata"))
}

// readForm reads fields up to the first file. Fields may also come after it.
func readForm(form *multipart.Reader) (*incoming, error) {
	in := &incoming{length: -1, cache: defaultCache}
	fields := 0
	for {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil, errNoContent
		}
		if err != nil {
			return nil, formError(err)
		}
		if isFile(part) {
			in.body = formReader{part}
			if kind := part.Header.Get("Content-Type"); kind != "" {
				in.mime = kind
			}
			in.rest = func(in *incoming) error { return readFields(form, in, fields) }
			return in, nil
		}
		if fields++; fields > maxFields {
			return nil, errBadForm
		}
		if err := in.field(part); err != nil {
			return nil, err
		}
	}
}

// isFile tells a file from a field: by its file name, or, as the clients send it, by
// having no name.
func isFile(p *multipart.Part) bool { return p.FileName() != "" || p.FormName() == "" }

func readFields(form *multipart.Reader, in *incoming, fields int) error {
	for ; fields <= maxFields; fields++ {
		part, err := form.NextPart()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return formError(err)
		}
		if isFile(part) {
			continue // one request, one file
		}
		if err := in.field(part); err != nil {
			return err
		}
	}
	return errBadForm
}

// field takes over a form's field; unknown ones are read past.
func (in *incoming) field(part *multipart.Part) error {
	raw, err := io.ReadAll(io.LimitReader(part, maxField+1))
	if err != nil {
		return formError(err)
	}
	if len(raw) > maxField {
		return errBadForm
	}
	switch value := string(raw); part.FormName() {
	case "cacheControl":
		in.cache = cacheField(value)
	case "metadata":
		return in.setUser(value)
	case "contentType":
		if in.mime == "" {
			in.mime = value
		}
	case "contentEncoding":
		in.encoding = contentEncoding(value)
	}
	return nil
}

// cacheField turns a form's number of seconds into a header.
func cacheField(value string) string {
	value = headerText(value)
	switch {
	case value == "":
		return defaultCache
	case strings.Trim(value, "0123456789") == "":
		return "max-age=" + value
	}
	return value
}

// setUser reads user metadata, JSON as it is or in base64.
func (in *incoming) setUser(text string) error {
	if text == "" {
		return nil
	}
	raw := []byte(text)
	if !json.Valid(raw) {
		var err error
		if raw, err = base64.StdEncoding.DecodeString(text); err != nil || !json.Valid(raw) {
			return errParameter("metadata")
		}
	}
	if len(raw) > maxField {
		return errParameter("metadata")
	}
	in.user = raw
	return nil
}

// sniff fills in the type of bytes whose sender did not name one.
func (in *incoming) sniff() error {
	in.mime = headerText(in.mime)
	if in.mime != "" {
		return nil
	}
	buf := bufio.NewReaderSize(in.body, sniffed)
	head, err := buf.Peek(sniffed)
	if err != nil && err != io.EOF {
		return err
	}
	in.mime, in.body = http.DetectContentType(head), buf
	return nil
}

// headerText returns value, or nothing where it could not stand in a header.
func headerText(value string) string {
	for i := range len(value) {
		if c := value[i]; c < ' ' || c > '~' {
			return ""
		}
	}
	if len(value) > 256 {
		return ""
	}
	return strings.TrimSpace(value)
}

// contentEncoding keeps the encodings that browsers undo; the others are the bytes'
// own business.
func contentEncoding(value string) string {
	switch value = strings.ToLower(strings.TrimSpace(value)); value {
	case "gzip", "br", "deflate", "zstd":
		return value
	}
	return ""
}

// allows reports whether a bucket takes files of a type. Parameters do not count.
func allows(types []string, kind string) bool {
	if len(types) == 0 {
		return true
	}
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	kind = strings.TrimSpace(kind)
	for _, t := range types {
		t = strings.ToLower(t)
		if t == kind || t == "*" || t == "*/*" {
			return true
		}
		if family, ok := strings.CutSuffix(t, "/*"); ok && strings.HasPrefix(kind, family+"/") {
			return true
		}
	}
	return false
}

// formReader names the fault of a form that ends in the middle of a file.
type formReader struct{ r io.Reader }

func (f formReader) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if err != nil && err != io.EOF {
		err = formError(err)
	}
	return n, err
}

func formError(err error) error {
	var big *http.MaxBytesError
	if errors.As(err, &big) {
		return err
	}
	return errBadForm.WithCause(err)
}
