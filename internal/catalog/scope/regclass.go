package scope

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql"
)

// ParseName reads a possibly qualified and quoted name, as regclass does.
func ParseName(s string) pgsql.Ident {
	var parts []string
	for s != "" {
		var part string
		if s[0] == '"' {
			part, s = cutQuoted(s[1:])
		} else {
			part, s, _ = strings.Cut(s, ".")
			parts = append(parts, strings.ToLower(strings.TrimSpace(part)))
			continue
		}
		parts = append(parts, part)
		s = strings.TrimPrefix(s, ".")
	}
	switch len(parts) {
	case 0:
		return pgsql.Ident{}
	case 1:
		return pgsql.Ident{Name: parts[0]}
	}
	return pgsql.Ident{Schema: parts[len(parts)-2], Name: parts[len(parts)-1]}
}

// cutQuoted reads up to the closing quote; a doubled quote stands for itself.
func cutQuoted(s string) (name, rest string) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '"' {
			b.WriteByte(s[i])
			continue
		}
		if i+1 < len(s) && s[i+1] == '"' {
			b.WriteByte('"')
			i++
			continue
		}
		return b.String(), s[i+1:]
	}
	return b.String(), ""
}

// QuoteName is the inverse of ParseName.
func QuoteName(schema, name string) string { return QuotePart(schema) + "." + QuotePart(name) }

// QuotePart quotes a name that folding would change.
func QuotePart(s string) string {
	plain := s != ""
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '_' && (c < 'a' || c > 'z') && (i == 0 || c < '0' || c > '9') {
			plain = false
		}
	}
	if plain {
		return s
	}
	return "\"" + strings.ReplaceAll(s, "\"", "\"\"") + "\""
}
