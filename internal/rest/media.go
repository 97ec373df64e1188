package rest

import (
	"sort"
	"strconv"
	"strings"
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
}

const jsonType = "application/json; charset=utf-8"

// accept is one entry of an Accept header.
type accept struct {
	full  string // as written, without q
	base  string
	nulls bool
	q     float64
}

// parseAccept reads Accept, best first.
func parseAccept(lines []string) []accept {
	if len(lines) == 1 && (lines[0] == "application/json" || lines[0] == "*/*") {
		return anything
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

// anything is the Accept of a request without one; it is never changed.
var anything = []accept{{base: "*/*", full: "*/*", q: 1}}

// negotiate picks the first acceptable type; extra may add those of a function.
func negotiate(list []accept, extra func(accept) (media, bool)) (media, error) {
	if len(list) == 0 {
		list = anything
	}
	var asked []string
	for _, a := range list {
		if extra != nil {
			if m, ok := extra(a); ok {
				return m, nil
			}
		}
		if m, ok := tableMedia(a); ok {
			return m, nil
		}
		asked = append(asked, a.full)
	}
	return media{}, errMedia(asked)
}
