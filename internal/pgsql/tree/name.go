package tree

import (
	"strconv"
	"strings"

	"github.com/plinth-dev/plinth/internal/pgsql/lex"
)

// String returns the type as SQL, with Postgres' internal names.
func (t TypeName) String() string {
	var b strings.Builder
	if t.SetOf {
		b.WriteString("setof ")
	}
	switch {
	case t.PctType || t.PctRowtype:
		parts := strings.Split(t.Name, ".")
		for i, s := range parts {
			parts[i] = lex.QuoteIdent(s)
		}
		b.WriteString(strings.Join(parts, "."))
		b.WriteString(map[bool]string{true: "%type", false: "%rowtype"}[t.PctType])
	case t.Schema != "":
		b.WriteString(lex.QuoteIdent(t.Schema) + "." + lex.QuoteIdent(t.Name))
	default:
		b.WriteString(t.plainName())
	}
	if t.Mods != nil {
		for i, m := range t.Mods {
			b.WriteString(map[bool]string{true: "(", false: ","}[i == 0])
			b.WriteString(strconv.Itoa(m))
		}
		b.WriteString(")")
	}
	for range t.Array {
		b.WriteString("[]")
	}
	return b.String()
}

// plainName quotes an unqualified type's name unless the keyword means this type.
func (t TypeName) plainName() string {
	switch t.Name {
	case "numeric", "varchar", "time", "timestamp", "interval":
		return t.Name
	case "bit":
		if len(t.Mods) > 0 {
			return t.Name
		}
	case "double":
		return lex.ForceQuote(t.Name)
	}
	return lex.QuoteIdent(t.Name)
}

// String returns the name as SQL, quoted where needed.
func (id Ident) String() string {
	if id.Schema == "" {
		return lex.QuoteIdent(id.Name)
	}
	return lex.QuoteIdent(id.Schema) + "." + lex.QuoteIdent(id.Name)
}
