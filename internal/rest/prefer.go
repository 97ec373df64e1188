package rest

import (
	"net/http"
	"strconv"
	"strings"
	"time"
)

// prefer holds a request's preferences; "" and -1 stand for not given.
type prefer struct {
	resolution, missing, ret, count, tx, handling, timezone string
	maxAffected                                             int64
	badZone                                                 string
}

// knownPrefers are the preferences with fixed values.
var knownPrefers = map[string]bool{
	"resolution=merge-duplicates": true, "resolution=ignore-duplicates": true,
	"missing=default": true, "missing=null": true,
	"return=representation": true, "return=minimal": true, "return=headers-only": true,
	"count=exact": true, "count=planned": true, "count=estimated": true,
	"tx=commit": true, "tx=rollback": true,
	"handling=strict": true, "handling=lenient": true,
}

// parsePrefer reads all Prefer headers. The first of each kind wins.
func parsePrefer(h http.Header, allowTx bool) (prefer, error) {
	p := prefer{maxAffected: -1}
	var bad []string
	for _, line := range h["Prefer"] {
		for line != "" {
			var tok string
			tok, line, _ = strings.Cut(line, ",")
			if tok = strings.TrimSpace(tok); tok != "" && !p.set(tok) {
				bad = append(bad, tok)
			}
		}
	}
	if p.handling == "strict" && len(bad) > 0 {
		return p, errPrefer(bad)
	}
	if p.handling != "strict" {
		p.maxAffected = -1
	}
	if !allowTx {
		p.tx = ""
	}
	return p, nil
}

// set takes one preference; false where it is unknown.
func (p *prefer) set(tok string) bool {
	key, val, _ := strings.Cut(tok, "=")
	var slot *string
	switch key {
	case "timezone":
		if p.timezone == "" && p.badZone == "" {
			p.setZone(val)
		}
		return true
	case "max-affected":
		n, err := strconv.ParseInt(val, 10, 64)
		if err != nil || n < 0 {
			return false
		}
		if p.maxAffected < 0 {
			p.maxAffected = n
		}
		return true
	case "resolution":
		slot = &p.resolution
	case "missing":
		slot = &p.missing
	case "return":
		slot = &p.ret
	case "count":
		slot = &p.count
	case "tx":
		slot = &p.tx
	case "handling":
		slot = &p.handling
	}
	if !knownPrefers[tok] {
		return false
	}
	if *slot == "" {
		*slot = val
	}
	return true
}

// setZone takes a time zone: a name of the IANA database or an offset.
func (p *prefer) setZone(z string) {
	if zoneOffset(z) {
		p.timezone = z
		return
	}
	if _, err := time.LoadLocation(z); err == nil && z != "" && z != "Local" {
		p.timezone = z
		return
	}
	p.badZone = z
}

// zoneOffset reports whether z is an offset such as -4 or +05:30.
func zoneOffset(z string) bool {
	digits := strings.TrimLeft(z, "+-")
	if digits == "" || len(digits) > 5 {
		return false
	}
	return strings.Trim(digits, "0123456789:") == ""
}

// applied is the Preference-Applied header.
func (p *prefer) applied() string {
	var b strings.Builder
	add := func(key, val string) {
		if val == "" {
			return
		}
		if b.Len() > 0 {
			b.WriteString(", ")
		}
		b.WriteString(key)
		b.WriteByte('=')
		b.WriteString(val)
	}
	add("resolution", p.resolution)
	add("missing", p.missing)
	add("return", p.ret)
	add("count", p.count)
	add("tx", p.tx)
	add("handling", p.handling)
	add("timezone", p.timezone)
	if p.maxAffected >= 0 {
		add("max-affected", strconv.FormatInt(p.maxAffected, 10))
	}
	return b.String()
}
