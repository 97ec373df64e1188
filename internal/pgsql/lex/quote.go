package lex

import (
	"strings"
)

// QuoteIdent returns a name as SQL: in double quotes only if it needs them, by the
// rule of Postgres' quote_ident.
func QuoteIdent(name string) string {
	if PlainIdent(name) && Keyword(name).Kind() <= Unreserved {
		return name
	}
	return ForceQuote(name)
}

// ForceQuote returns a name in double quotes.
func ForceQuote(name string) string {
	return `"` + strings.ReplaceAll(name, `"`, `""`) + `"`
}

// QuoteLiteral returns a string literal as SQL.
func QuoteLiteral(s string) string {
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}

// PlainIdent reports whether the name is lower case and simple.
func PlainIdent(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= 'a' && c <= 'z' || c == '_' || i > 0 && isDigit(c) {
			continue
		}
		return false
	}
	return s != ""
}
