package rest

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/fault"
	"github.com/plinth-dev/plinth/internal/token"
	"github.com/plinth-dev/plinth/internal/wire"
)

// problem is a fault as it is answered.
type problem struct {
	fault  *fault.Error
	status int
	body   []byte
}

// problem gives f PostgREST's shape.
func (s *Service) problem(r *http.Request, f *fault.Error) problem {
	f = translate(f, wire.Who(r).Token)
	role := wire.Actor(r).Role
	return problem{f, status(f, role == "" || role == s.cfg.AnonRole), faultJSON(f, s.cfg.ErrorVerbosity == "minimal")}
}

// Answer is the room's door: it writes f in PostgREST's shape.
func (s *Service) Answer(w http.ResponseWriter, r *http.Request, f *fault.Error) {
	if f.Code == "PGRST" {
		var custom *raised
		if custom, f = parseRaised(f); f == nil {
			custom.answer(w)
			return
		}
	}
	p := s.problem(r, f)
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Proxy-Status", "PostgREST; error="+p.fault.Code)
	if p.status == http.StatusUnauthorized {
		h.Set("WWW-Authenticate", challenge(p.fault))
	}
	h.Set("Content-Length", strconv.Itoa(len(p.body)))
	w.WriteHeader(p.status)
	if r.Method != http.MethodHead {
		w.Write(p.body) // the client may be gone; there is nobody to tell
	}
}

// challenge is the WWW-Authenticate header.
func challenge(f *fault.Error) string {
	if f.Code == "PGRST301" || f.Code == "PGRST303" {
		return `Bearer error="invalid_token", error_description=` + strconv.Quote(f.Message)
	}
	return "Bearer"
}

// faultJSON is the body of an error; brief leaves details and hint out. PGRST201's
// details are JSON already.
func faultJSON(f *fault.Error, brief bool) []byte {
	b := append([]byte(`{"code":`), quote(f.Code)...)
	if brief {
		b = append(append(b, `,"message":`...), quote(f.Message)...)
		return append(b, '}')
	}
	b = append(b, `,"details":`...)
	if f.Code == "PGRST201" {
		b = append(b, f.Detail...)
	} else {
		b = append(b, orNull(f.Detail)...)
	}
	b = append(append(b, `,"hint":`...), orNull(f.Hint)...)
	b = append(append(b, `,"message":`...), quote(f.Message)...)
	return append(b, '}')
}

func orNull(s string) []byte {
	if s == "" {
		return []byte("null")
	}
	return quote(s)
}

// quote writes s as a JSON string, without HTML's escapes.
func quote(s string) []byte {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.Encode(s) // a string can always be encoded
	return []byte(strings.TrimSuffix(b.String(), "\n"))
}

// away gives the codes of a database that cannot be reached, and of connections that
// are all in use. Where a commit's outcome is not known the code stays: the request may
// have been done.
func away(f *fault.Error) *fault.Error {
	switch f.Code {
	case "08000", "08001", "08003", "08004", "08006", "57P01", "57P02", "57P03", "57P05":
		return errAway
	case "53300":
		return errBusy
	}
	return f
}

// translate gives the front door's token faults PostgREST's codes.
func translate(f *fault.Error, tok string) *fault.Error {
	if f.Kind == fault.Internal && len(f.Code) != 5 && !strings.HasPrefix(f.Code, "PGRST") {
		return &fault.Error{Code: "XX000", Message: "internal error"}
	}
	switch {
	case f == wire.ErrBodyTooLarge:
		return errBodySize
	case f.Code == wire.ErrSlowBody.Code:
		return errBodySlow
	}
	if f.Kind == fault.Unavailable {
		return away(f)
	}
	if f.Kind != fault.Unauthenticated || strings.HasPrefix(f.Code, "PGRST") {
		return f
	}
	c := *f
	switch f.Code {
	case "token_expired", "token_not_yet", "token_future", "token_claims":
		c.Code = "PGRST303"
	default:
		c.Code = "PGRST301"
		explain(&c, tok)
	}
	return &c
}

// explain says what is wrong with a token in PostgREST's words.
func explain(f *fault.Error, tok string) {
	head, _, _ := strings.Cut(tok, ".")
	var alg struct{ Alg string }
	if raw, err := base64.RawURLEncoding.DecodeString(head); err == nil {
		_ = json.Unmarshal(raw, &alg) // no name, no words of its own
	}
	signature := f.Message == token.ErrSignature.Message
	n := strings.Count(tok, ".") + 1
	switch {
	case tok == "":
	case n != 3:
		f.Message = "Expected 3 parts in JWT; got " + strconv.Itoa(n)
	case strings.EqualFold(alg.Alg, "none"):
		f.Message, f.Detail = "Wrong or unsupported encoding algorithm", "JWT is unsecured but expected 'alg' was not 'none'"
	case signature:
		f.Message, f.Detail = "No suitable key or wrong key type", "None of the keys was able to decode the JWT"
	}
}

// raised is an answer made by RAISE SQLSTATE 'PGRST'.
type raised struct {
	body struct {
		Code    *string         `json:"code"`
		Message *string         `json:"message"`
		Details json.RawMessage `json:"details"`
		Hint    json.RawMessage `json:"hint"`
	}
	head struct {
		Status  *int              `json:"status"`
		Headers map[string]string `json:"headers"`
	}
}

const (
	hintMessage = "MESSAGE must be a JSON object with obligatory keys: 'code', 'message' and optional keys: 'details', 'hint'."
	hintDetail  = "DETAIL must be a JSON object with obligatory keys: 'status', 'headers' and optional key: 'status_text'."
)

// parseRaised reads the answer from a fault with SQLSTATE PGRST.
func parseRaised(f *fault.Error) (*raised, *fault.Error) {
	bad := func(detail, hint string) *fault.Error {
		return fault.New(fault.Internal, "PGRST121", `Could not parse JSON in the "RAISE SQLSTATE 'PGRST'" error`).
			WithDetail(detail).WithHint(hint)
	}
	var ra raised
	if json.Unmarshal([]byte(f.Message), &ra.body) != nil || ra.body.Code == nil || ra.body.Message == nil {
		return nil, bad("Invalid JSON value for MESSAGE: '"+f.Message+"'", hintMessage)
	}
	if f.Detail == "" {
		return nil, bad("DETAIL is missing in the RAISE statement", hintDetail)
	}
	if json.Unmarshal([]byte(f.Detail), &ra.head) != nil || ra.head.Status == nil || ra.head.Headers == nil {
		return nil, bad("Invalid JSON value for DETAIL: '"+f.Detail+"'", hintDetail)
	}
	if *ra.head.Status < 100 || *ra.head.Status > 999 {
		return nil, bad("Invalid JSON value for DETAIL: '"+f.Detail+"'", hintDetail)
	}
	return &ra, nil
}

func (ra *raised) answer(w http.ResponseWriter) {
	h := w.Header()
	h.Set("Content-Type", "application/json; charset=utf-8")
	h.Set("Proxy-Status", "PostgREST; error="+*ra.body.Code)
	for k, v := range ra.head.Headers {
		h.Set(k, v)
	}
	body, _ := json.Marshal(&ra.body)
	w.WriteHeader(*ra.head.Status)
	w.Write(body) // as in Answer
}
