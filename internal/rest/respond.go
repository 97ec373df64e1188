package rest

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/wire/content"
)

// answer is what a request found out.
type answer struct {
	status   int
	body     []byte
	n        int64 // rows in the body
	seen     int64 // rows read or written
	offset   int64
	total    int64 // -1 = not known
	rng      string
	location string
	links    string
	noType   bool // there is no body to describe
	custom   int  // response.status
	headers  []header
	kept     http.Header // of an answer that was given before
}

type header struct{ name, value string }

// gucs reads response.status and response.headers, where SQL may have set them.
func (a *answer) gucs(tx *db.Tx, may bool) error {
	if !may {
		return nil
	}
	if text := tx.Setting("response.status"); text != "" {
		n, err := strconv.Atoi(text)
		if err != nil || n < 100 || n > 999 {
			return errGucStatus
		}
		a.custom = n
	}
	text := tx.Setting("response.headers")
	if text == "" {
		return nil
	}
	var list []map[string]string
	if json.Unmarshal([]byte(text), &list) != nil {
		return errGucHeaders
	}
	a.headers = a.headers[:0]
	for _, m := range list {
		if len(m) != 1 {
			return errGucHeaders
		}
		for k, v := range m {
			a.headers = append(a.headers, header{k, v})
		}
	}
	return nil
}

// respond sends the answer.
func (s *Service) respond(w http.ResponseWriter, rq *request) error {
	s.head(w.Header(), rq)
	rq.ans.send(w, rq.r)
	return nil
}

// head sets the headers of an answer, and the status that SQL asked for.
func (s *Service) head(h http.Header, rq *request) {
	a := rq.ans
	if a.rng == "" {
		a.rng = contentRange(a.offset, a.n, a.total)
	}
	h["Content-Range"] = []string{a.rng}
	if rq.reads() {
		h["Content-Location"] = []string{canonical(rq.r.URL)}
	}
	if a.location != "" {
		h["Location"] = []string{a.location}
	}
	if a.links != "" {
		h["Link"] = []string{a.links}
	}
	if len(s.cfg.Schemas) > 1 {
		h["Content-Profile"] = []string{rq.schema}
	}
	if p := rq.prefer.applied(); p != "" {
		h["Preference-Applied"] = []string{p}
	}
	if !a.noType {
		h["Content-Type"] = []string{rq.media.typ}
	}
	if rq.timing != nil {
		rq.timing.lap(responding)
		h["Server-Timing"] = []string{rq.timing.header()}
	}
	a.override(h)
	if a.custom != 0 {
		a.status = a.custom
	}
}

// override sets the headers that SQL asked for; a repeated name is repeated.
func (a *answer) override(h http.Header) {
	for i, x := range a.headers {
		again := slices.ContainsFunc(a.headers[:i], func(o header) bool { return strings.EqualFold(o.name, x.name) })
		if again {
			h.Add(x.name, x.value)
		} else {
			h.Set(x.name, x.value)
		}
	}
}

func (a *answer) send(w http.ResponseWriter, r *http.Request) {
	if a.status == http.StatusNoContent || r.Method == http.MethodHead {
		w.WriteHeader(a.status)
		return
	}
	content.Write(w, r, a.status, a.body)
}
