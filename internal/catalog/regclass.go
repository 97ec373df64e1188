package catalog

import (
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql"
	"github.com/plinth-dev/plinth/internal/value"
)

// parseName reads a possibly qualified and quoted name, as regclass does.
func parseName(s string) pgsql.Ident {
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

// quoteName is the inverse of parseName.
func quoteName(schema, name string) string { return quotePart(schema) + "." + quotePart(name) }

func quotePart(s string) string {
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

func builtinType(name string) bool {
	_, ok := value.ByName(name)
	return ok
}

// nextvalOf is the default of a column that takes its values from q.
func nextvalOf(q *Sequence) pgsql.Expr {
	return &pgsql.Call{
		Name: pgsql.Ident{Name: "nextval"},
		Args: []pgsql.Expr{&pgsql.Cast{
			X:  &pgsql.Str{Val: quoteName(q.Schema, q.Name)},
			To: pgsql.TypeName{Name: "regclass"},
		}},
	}
}
