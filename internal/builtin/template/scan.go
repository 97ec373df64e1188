package template

import (
	"strings"
	"unicode/utf8"
)

// node is one piece of a date template: a pattern, or text that stands for itself.
type node struct {
	key    string // the pattern in upper case; "" for text
	text   string // the pattern as written, or the text
	fill   bool   // FM: no padding
	suffix string // "TH" or "th"
	quoted bool   // text in double quotes
}

// keys are the patterns, longer ones before their prefixes.
var keys = []string{
	"A.D.", "A.M.", "AD", "AM", "B.C.", "BC", "CC", "DAY", "DDD", "DD", "DY", "D", "FF1", "FF2", "FF3", "FF4", "FF5", "FF6",
	"HH24", "HH12", "HH", "IDDD", "ID", "IW", "IYYY", "IYY", "IY", "I", "J", "MI", "MM", "MONTH", "MON", "MS", "OF",
	"P.M.", "PM", "Q", "RM", "SSSSS", "SSSS", "SS", "TZH", "TZM", "TZ", "US", "WW", "W", "Y,YYY", "YYYY", "YYY", "YY", "Y",
}

// scan splits a date template.
func scan(f string) []node {
	var out []node
	text := func(s string, quoted bool) {
		if n := len(out); n > 0 && out[n-1].key == "" && out[n-1].quoted == quoted {
			out[n-1].text += s
			return
		}
		out = append(out, node{text: s, quoted: quoted})
	}
	fill := false
	for f != "" {
		if up := strings.ToUpper(f[:min(2, len(f))]); up == "FM" || up == "FX" || up == "TM" {
			fill = fill || up == "FM"
			f = f[2:]
			continue
		}
		if k := keyOf(f); k != "" {
			n := node{key: k, text: f[:len(k)], fill: fill}
			f = f[len(k):]
			if len(f) >= 2 && strings.EqualFold(f[:2], "th") {
				n.suffix = f[:2]
				f = f[2:]
			}
			out, fill = append(out, n), false
			continue
		}
		switch {
		case f[0] == '"':
			body, rest := quotedText(f[1:])
			text(body, true)
			f = rest
		case f[0] == '\\' && len(f) > 1 && f[1] == '"':
			text(`"`, false)
			f = f[2:]
		default:
			_, n := utf8.DecodeRuneInString(f)
			text(f[:n], false)
			f = f[n:]
		}
	}
	return out
}

func keyOf(f string) string {
	for _, k := range keys {
		if len(f) >= len(k) && strings.EqualFold(f[:len(k)], k) {
			return k
		}
	}
	return ""
}

// quotedText reads up to the closing quote; a backslash takes the next character as it is.
func quotedText(f string) (body, rest string) {
	var b strings.Builder
	for i := 0; i < len(f); i++ {
		switch {
		case f[i] == '"':
			return b.String(), f[i+1:]
		case f[i] == '\\' && i+1 < len(f):
			i++
		}
		b.WriteByte(f[i])
	}
	return b.String(), ""
}
