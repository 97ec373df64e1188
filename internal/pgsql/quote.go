package pgsql

import "strings"

// QuoteIdent returns a name as SQL: in double quotes only if it needs them, by the
// rule of Postgres' quote_ident.
func QuoteIdent(name string) string {
	if plainIdent(name) && keyword(name).kind() <= kwUnreserved {
		return name
	}
	return forceQuote(name)
}

func forceQuote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteLiteral returns a string literal as SQL.
func QuoteLiteral(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// String returns the name as SQL, quoted where needed.
func (id Ident) String() string { return printName(id) }

func printName(id Ident) string {
	if id.Schema == "" {
		return QuoteIdent(id.Name)
	}
	return QuoteIdent(id.Schema) + "." + QuoteIdent(id.Name)
}

// plainIdent reports whether the name is lower case and simple.
func plainIdent(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c == '_' || i > 0 && isDigit(c) {
			continue
		}
		return false
	}
	return s != ""
}

// quoteFunc quotes a function's name, which may be some keywords that a column may
// not be.
func quoteFunc(id Ident) string {
	if id.Schema == "" && plainIdent(id.Name) && keyword(id.Name).kind() == kwFunc {
		return id.Name
	}
	return printName(id)
}

// quoteNot quotes a name that would be read as one of the given words.
func quoteNot(name string, words ...string) string {
	for _, w := range words {
		if name == w {
			return forceQuote(name)
		}
	}
	return QuoteIdent(name)
}
