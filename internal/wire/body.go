package wire

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/wire/content"
)

// A body must arrive within bodyTime, and the time that a slow line needs for it.
const (
	bodyTime = 20 * time.Second
	slowLine = 16 << 10 // bytes a second
)

// ReadBody returns the whole body, refusing more than limit bytes, and one that takes
// too long: a caller who sends a byte a minute would hold his connection for ever.
func ReadBody(w http.ResponseWriter, r *http.Request, limit int64) ([]byte, error) {
	return readWithin(w, r, limit, bodyTime+time.Duration(limit/slowLine)*time.Second)
}

func readWithin(w http.ResponseWriter, r *http.Request, limit int64, within time.Duration) ([]byte, error) {
	if r.Body == nil || r.Body == http.NoBody {
		return nil, nil
	}
	line := http.NewResponseController(w)
	// A writer without a connection has no deadlines, and nothing to wait for.
	bounded := line.SetReadDeadline(time.Now().Add(within)) == nil
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, limit))
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		return nil, ErrSlowBody.WithCause(err) // the deadline stays: net/http would wait for the rest
	case bounded && err == nil:
		err = line.SetReadDeadline(time.Time{})
	}
	return body, err
}

// DecodeJSON reads a bounded JSON body into v. An empty body leaves v as it is.
func DecodeJSON(w http.ResponseWriter, r *http.Request, limit int64, v any) error {
	text, err := ReadBody(w, r, limit)
	if err != nil || len(text) == 0 {
		return err
	}
	if err := json.Unmarshal(text, v); err != nil {
		var kind *json.UnmarshalTypeError
		if errors.As(err, &kind) && kind.Field != "" {
			return ErrBadJSON.WithDetail("the member \"" + kind.Field + "\" must not be a " + kind.Value)
		}
		return ErrBadJSON.WithCause(err)
	}
	return nil
}

// WriteJSON answers with v as JSON.
func WriteJSON(w http.ResponseWriter, status int, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	_, err = w.Write(text)
	return sent(err)
}

// WriteLong answers with v as JSON, compressed where that pays: for lists.
func WriteLong(w http.ResponseWriter, r *http.Request, v any) error {
	text, err := json.Marshal(v)
	if err != nil {
		return err
	}
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	content.Long(w, r, http.StatusOK, text)
	return nil
}

// sent hides a failed write: the client has gone and nobody is left to tell.
func sent(error) error { return nil }

// Problem is the Door of what belongs to no other room: RFC 9457.
type Problem struct{}

// Answer writes f as application/problem+json.
func (Problem) Answer(w http.ResponseWriter, _ *http.Request, f *fault.Error) {
	text, _ := json.Marshal(struct {
		Title  string `json:"title"`
		Status int    `json:"status"`
		Code   string `json:"code,omitempty"`
		Detail string `json:"detail,omitempty"`
		Hint   string `json:"hint,omitempty"`
	}{f.Message, Status(f), f.Code, f.Detail, f.Hint})
	w.Header().Set("Content-Type", "application/problem+json")
	w.WriteHeader(Status(f))
	w.Write(text)
}
