package schema

import (
	"regexp"
	"strings"
)

// Older files declare what foreign keys do; SQLite would do it before package exec
// could, in an order of its own.

var actions = regexp.MustCompile(`(?i) on (delete|update) (cascade|set null|set default|restrict|no action)`)

// WithoutActions is the DDL of a table without the actions of its foreign keys.
func WithoutActions(ddl string) string {
	var b strings.Builder
	for ddl != "" {
		at := strings.IndexAny(ddl, `"'`)
		if at < 0 {
			break
		}
		end := strings.IndexByte(ddl[at+1:], ddl[at])
		if end < 0 {
			break
		}
		end += at + 2 // a doubled quote is the end of one name and the start of another
		b.WriteString(actions.ReplaceAllString(ddl[:at], ""))
		b.WriteString(ddl[at:end])
		ddl = ddl[end:]
	}
	b.WriteString(actions.ReplaceAllString(ddl, ""))
	return b.String()
}
