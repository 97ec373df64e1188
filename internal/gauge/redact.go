package gauge

import (
	"context"
	"fmt"
	"log/slog"
	"regexp"
	"strings"
)

// Hidden stands in a log for what it must not have.
const Hidden = "•••"

// Redact returns a handler that takes secrets out of what it hands on: tokens, keys,
// passwords in URLs and after their names, and, where emails is set, the names of mail
// addresses. A line without any costs a look at its texts, and is handed on as it is.
func Redact(next slog.Handler, emails bool) slog.Handler { return &redactor{next, emails} }

type redactor struct {
	slog.Handler
	emails bool
}

// Handle hands a line on without its secrets.
func (h *redactor) Handle(ctx context.Context, r slog.Record) error {
	dirty := h.suspect(r.Message)
	r.Attrs(func(a slog.Attr) bool {
		dirty = dirty || h.dirty(a)
		return !dirty
	})
	if !dirty {
		return h.Handler.Handle(ctx, r)
	}
	clean := slog.NewRecord(r.Time, r.Level, h.Text(r.Message), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		clean.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, clean)
}

// WithAttrs keeps the rules for what comes later.
func (h *redactor) WithAttrs(attrs []slog.Attr) slog.Handler {
	clean := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		clean[i] = h.attr(a)
	}
	return &redactor{h.Handler.WithAttrs(clean), h.emails}
}

// WithGroup keeps the rules.
func (h *redactor) WithGroup(name string) slog.Handler {
	return &redactor{h.Handler.WithGroup(name), h.emails}
}

// dirty reports whether an attribute may hold a secret.
func (h *redactor) dirty(a slog.Attr) bool {
	switch a.Value.Kind() {
	case slog.KindString:
		return secretName(a.Key) || h.suspect(a.Value.String())
	case slog.KindBool, slog.KindInt64, slog.KindUint64, slog.KindFloat64, slog.KindTime, slog.KindDuration:
		return false
	}
	return a.Value.Kind() != slog.KindAny || a.Value.Any() != nil
}

func (h *redactor) attr(a slog.Attr) slog.Attr {
	v := a.Value.Resolve()
	if secretName(a.Key) {
		return slog.String(a.Key, Hidden)
	}
	switch v.Kind() {
	case slog.KindString:
		return slog.String(a.Key, h.Text(v.String()))
	case slog.KindGroup:
		var group []any
		for _, g := range v.Group() {
			group = append(group, h.attr(g))
		}
		return slog.Group(a.Key, group...)
	case slog.KindAny:
		return h.any(a.Key, v.Any())
	}
	return slog.Attr{Key: a.Key, Value: v}
}

// any keeps a value whose text has no secret, so that it is written in its own form.
func (h *redactor) any(key string, v any) slog.Attr {
	text := fmt.Sprint(v)
	if clean := h.Text(text); clean != text {
		return slog.String(key, clean)
	}
	return slog.Any(key, v)
}

// secretName reports whether an attribute is a secret whatever it holds.
func secretName(key string) bool {
	switch len(key) {
	case 5, 6, 8, 13:
	default:
		return false
	}
	switch strings.ToLower(key) {
	case "password", "secret", "token", "apikey", "authorization", "cookie":
		return true
	}
	return false
}

// suspect looks at each byte once: a text with a secret has one of these.
func (h *redactor) suspect(text string) bool {
	for i := 0; i < len(text); i++ {
		switch text[i] {
		case '=', ':':
			return true
		case '@':
			if h.emails {
				return true
			}
		case 'J':
			if i >= 2 && text[i-2:i] == "ey" {
				return true
			}
		case ' ', '\t':
			if i >= 5 && (strings.EqualFold(text[i-4:i], "arer") || strings.EqualFold(text[i-4:i], "asic")) {
				return true
			}
		case '_':
			if i >= 2 && text[i-2:i] == "sb" {
				return true
			}
		}
	}
	return false
}

var (
	tokens = regexp.MustCompile(`eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]{6,}(\.[A-Za-z0-9_-]*)?|sb_secret_[A-Za-z0-9_-]+`)
	bearer = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[A-Za-z0-9+/=._~-]{6,}`)
	inURL  = regexp.MustCompile(`([A-Za-z][A-Za-z0-9+.-]*://[^/\s:@]*):[^@\s]+@`)
	named  = regexp.MustCompile(`(?i)((?:password|passwd|secret|token|token_hash|api_?key|secret_?key|access_?key|private_?key|authorization|cookie)["']?\s*[=:]\s*)("[^"]*"|'[^']*'|[^\s"'&,;)}]+)`)
	emails = regexp.MustCompile(`[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}`)
)

// Text takes the secrets out of a text.
func (h *redactor) Text(text string) string {
	if !h.suspect(text) {
		return text
	}
	text = tokens.ReplaceAllString(text, Hidden)
	text = bearer.ReplaceAllString(text, "$1 "+Hidden)
	text = inURL.ReplaceAllString(text, "$1:"+Hidden+"@")
	text = named.ReplaceAllString(text, "${1}"+Hidden)
	if h.emails {
		text = emails.ReplaceAllStringFunc(text, func(m string) string { return Hidden + m[strings.LastIndexByte(m, '@'):] })
	}
	return text
}
