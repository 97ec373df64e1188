package rest

import (
	"sort"
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/db"
	"github.com/plinth-dev/plinth/internal/rest/sqlgen"
)

// format is how an answer is written.
type format uint8

const (
	asJSON format = iota
	asObject
	asCSV
	asText
	asBytes
	asXML
	asCustom // a function's own media type
	asOpenAPI
)

// media is the negotiated type of an answer.
type media struct {
	format format
	strip  bool   // nulls=stripped
	typ    string // Content-Type
	// handler makes the answer in the database; nil where it is made here.
	handler *sqlgen.Handler
	explain *db.Explain // the answer is how it would be made; nil for the answer itself
}

// custom is an answer of a type that the database makes, or has.
func custom(name string, bytes bool) media {
	m := media{format: asCustom, typ: contentType(name)}
	if bytes {
		m.format = asBytes
	}
	return m
}

// contentType is the header of a media type; a handler of any type says bytes.
func contentType(name string) string {
	switch name {
	case sqlgen.AnyMedia:
		return "application/octet-stream"
	case "application/json", "application/geo+json", "text/csv", "text/plain", "text/xml", "application/openapi+json":
		return name + "; charset=utf-8"
	}
	return name
}

const jsonType = "application/json; charset=utf-8"

// accept is one entry of an Accept header.
type accept struct {
	full  string // as written, without q
	base  string
	nulls bool
	q     float64
	plan  planOf
}

// parseAccept reads Accept, best first.
func parseAccept(lines []string) []accept {
	if len(lines) == 1 {
		switch lines[0] {
		case "*/*":
			return anything
		case "application/json":
			return plainJSON
		}
	}
	var out []accept
	for _, line := range lines {
		for line != "" {
			var part string
			part, line = cutOutsideQuotes(line)
			if a, ok := parseRange(part); ok {
				out = append(out, a)
			}
		}
	}
	sort.SliceStable(out, func(i, j int) bool { return out[i].q > out[j].q })
	return out
}

// cutOutsideQuotes cuts at the first comma that is not inside quotes.
func cutOutsideQuotes(s string) (string, string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch s[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return s[:i], s[i+1:]
			}
		}
	}
	return s, ""
}

func parseRange(part string) (accept, bool) {
	a := accept{q: 1}
	params := strings.Split(part, ";")
	a.base = strings.ToLower(strings.TrimSpace(params[0]))
	a.full = a.base
	for _, p := range params[1:] {
		p = strings.TrimSpace(p)
		key, val, _ := strings.Cut(p, "=")
		switch {
		case key == "q":
			if q, err := strconv.ParseFloat(val, 64); err == nil {
				a.q = q
			}
		case p == "nulls=stripped":
			a.nulls = true
		case key == "for":
			a.plan.what = strings.ToLower(strings.Trim(val, `"`))
		case key == "options":
			a.plan.options = val
		}
	}
	return a, a.base != "" && a.q > 0
}

// tableMedia are what tables and functions answer with, in any case.
func tableMedia(a accept) (media, bool) {
	switch a.base {
	case "*/*", "application/*", "application/json":
		return media{typ: jsonType}, true
	case "application/vnd.pgrst.array", "application/vnd.pgrst.array+json":
		if a.nulls {
			return media{strip: true, typ: "application/vnd.pgrst.array+json;nulls=stripped; charset=utf-8"}, true
		}
		return media{typ: jsonType}, true
	case "application/vnd.pgrst.object", "application/vnd.pgrst.object+json":
		m := media{format: asObject, typ: "application/vnd.pgrst.object+json; charset=utf-8"}
		if a.nulls {
			m.strip, m.typ = true, "application/vnd.pgrst.object+json;nulls=stripped; charset=utf-8"
		}
		return m, true
	case "text/csv":
		return media{format: asCSV, typ: "text/csv; charset=utf-8"}, true
	}
	return media{}, false
}

// anything is the Accept of a request without one; it and plainJSON are never changed.
var (
	anything  = []accept{{base: "*/*", full: "*/*", q: 1}}
	plainJSON = []accept{{base: "application/json", full: "application/json", q: 1}}
)

// negotiate picks the first acceptable type; extra has those of handlers and of
// functions, which may stand in for the plain ones, not for those of the API itself.
func negotiate(list []accept, extra func(accept) (media, bool)) (media, error) {
	if len(list) == 0 {
		list = anything
	}
	var asked []string
	for _, a := range list {
		m, known := tableMedia(a)
		if own := strings.HasPrefix(a.base, "application/vnd.pgrst."); !own && extra != nil {
			if m, ok := extra(a); ok {
				return m, nil
			}
		}
		if known {
			return m, nil
		}
		asked = append(asked, a.full)
	}
	return media{}, errMedia(asked)
}
