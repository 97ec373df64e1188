package lex

import (
	"strings"
)

// QuoteIdent returns a name as SQL: in double quotes only if it needs them, by the
// rule of Postgres' quote_ident.
func QuoteIdent(name string) string {
	if PlainIdent(name) && Keyword(name).Kind() <= Unreserved && !later(name) {
		return name
	}
	return ForceQuote(name)
}

// later reports whether a word is a keyword since Postgres 16 or 17: a name there, too,
// when it is quoted.
func later(name string) bool {
	switch name {
	case "json", "json_array", "json_arrayagg", "json_exists", "json_object", "json_objectagg", "json_query",
		"json_scalar", "json_serialize", "json_table", "json_value", "merge_action":
		return true
	}
	return false
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
